import { StandardSchemaValidationPipe, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { expectation } from '../../config/issues.js';
import { requestInvalid } from './request-faults.js';

/** Reads a request by its schema. Throws `request_invalid`, with the place of everything that is wrong. */
export class RequestPipe implements PipeTransform {
  readonly #body = new Reading(true);
  readonly #address = new Reading(false);

  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    return (metadata.type === 'body' ? this.#body : this.#address).transform(value, metadata);
  }
}

class Reading extends StandardSchemaValidationPipe {
  constructor(private readonly isBody: boolean) {
    super();
  }

  /** With the words of the config, which a call by the Standard Schema cannot ask for. */
  protected override async validate(value: unknown, schema: unknown): Promise<{ value: never }> {
    if (!(schema instanceof z.ZodType)) throw new TypeError('a request is read by a schema of zod');
    const parsed = await schema.safeParseAsync(value, { error: expectation });
    if (!parsed.success) throw requestInvalid(parsed.error.issues, value, this.isBody);
    return { value: parsed.data as never };
  }
}
