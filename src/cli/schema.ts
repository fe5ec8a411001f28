import { configJsonSchema } from '../config/index.js';
import { openApiDocument } from '../triggers/api/openapi.js';
import { packageVersion } from '../version.js';
import { printJson } from './print.js';

/** What other programs read: how rotor.yaml is written, or how the API is used. */
export function printSchema({ api = false }: { api?: boolean }): number {
  printJson(api ? openApiDocument(packageVersion()) : configJsonSchema());
  return 0;
}
