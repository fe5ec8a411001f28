import { Controller, Get, Header, Inject } from '@nestjs/common';
import { Registry } from 'prom-client';
import { Scrape } from './scrape.js';

@Controller('metrics')
export class MetricsController {
  constructor(@Inject(Scrape) private readonly scrape: Scrape) {}

  @Get()
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  async metrics(): Promise<string> {
    return this.scrape.text();
  }
}
