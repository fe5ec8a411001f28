import { Controller, Get } from '@nestjs/common';
import { configJsonSchema } from '../../config/json-schema.js';
import { packageVersion } from '../../version.js';
import { openApiDocument } from './openapi.js';

/** What others build on: the API and the config, as they can be read by machines. */
@Controller()
export class ContractController {
  readonly #document = openApiDocument(packageVersion());
  readonly #configSchema = configJsonSchema();

  @Get('openapi.json')
  document(): object {
    return this.#document;
  }

  @Get('schema/config/v1.json')
  configSchema(): object {
    return this.#configSchema;
  }
}
