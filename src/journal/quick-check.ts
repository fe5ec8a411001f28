import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { asRotorError } from '../rotation/errors.js';
import { verdictOn } from './integrity.js';

/** Prints whether the file that is named holds together, or, with code 1, why that cannot be told; see `verdictAside`. */
const url = pathToFileURL(process.argv[2] ?? '');
url.search = 'immutable=1';
try {
  process.stdout.write(verdictOn(new DatabaseSync(url, { readOnly: true })));
} catch (error) {
  process.stdout.write(asRotorError(error).message);
  process.exitCode = 1;
}
