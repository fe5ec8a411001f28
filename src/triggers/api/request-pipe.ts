import { StandardSchemaValidationPipe, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { requestInvalid } from './request-faults.js';

type Issues = Parameters<typeof requestInvalid>[0];

/** Reads a request by its schema. Throws `request_invalid`, with the place of everything that is wrong. */
export class RequestPipe implements PipeTransform {
  readonly #body = reading(true);
  readonly #address = reading(false);

  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    return (metadata.type === 'body' ? this.#body : this.#address).transform(value, metadata);
  }
}

function reading(isBody: boolean): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({
    exceptionFactory: (issues: Issues) => requestInvalid(issues, isBody),
  });
}
