import { Controller, Get, Inject } from '@nestjs/common';
import { shownConfig, type LoadedConfig, type ShownConfig } from '../config/index.js';
import { CONFIG } from '../tokens.js';

@Controller('v1/config')
export class ConfigController {
  constructor(@Inject(CONFIG) private readonly loaded: LoadedConfig) {}

  @Get()
  show(): ShownConfig {
    return shownConfig(this.loaded.file, this.loaded.effective());
  }
}
