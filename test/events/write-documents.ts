import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventDocuments } from './documents.js';

const folder = fileURLToPath(new URL('../../docs/events/', import.meta.url));
for (const file of readdirSync(folder)) if (file.endsWith('.json')) rmSync(join(folder, file));
for (const [file, text] of eventDocuments()) writeFileSync(join(folder, file), text);
