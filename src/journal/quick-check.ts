import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { verdictOn } from './integrity.js';

/** Prints whether the file that is named holds together; see `assertSoundAside`. */
const url = pathToFileURL(process.argv[2] ?? '');
url.search = 'immutable=1';
process.stdout.write(verdictOn(new DatabaseSync(url, { readOnly: true })));
