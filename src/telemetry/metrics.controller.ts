import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import { formFor } from './exposition.js';
import { Scrape } from './scrape.js';

type Reply = { header(name: string, value: string): Reply };

@Controller('metrics')
export class MetricsController {
  constructor(@Inject(Scrape) private readonly scrape: Scrape) {}

  @Get()
  async metrics(
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    const form = formFor(accept);
    reply.header('content-type', form).header('vary', 'Accept');
    return this.scrape.text(form);
  }
}
