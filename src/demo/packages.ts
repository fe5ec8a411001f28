import { RotorError } from '../rotation/errors.js';

/** What the sandbox alone needs; left out of a lean install (docs/adr/0004). */
const NEEDED = ['selfsigned', 'elastic-apm-node'];

/** Throws one sentence instead of the loader's, before anything is started. */
export function assertSandboxPackages(): void {
  for (const name of NEEDED) {
    try {
      import.meta.resolve(name);
    } catch (cause) {
      throw new RotorError(
        'request_invalid',
        `the sandbox needs the package ${name}, which this install left out`,
        {
          cause,
          hint: 'Install with optional dependencies (plain `npm ci`), or run the demo from a clone.',
        },
      );
    }
  }
}
