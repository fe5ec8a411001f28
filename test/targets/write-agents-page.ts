import { writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { fileURLToPath } from 'node:url';
import { agentsPage, PAGE } from './agents-page.js';

const filepath = fileURLToPath(PAGE);
await writeFile(PAGE, await format(agentsPage(), { ...(await resolveConfig(filepath)), filepath }));
