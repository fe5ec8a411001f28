import { writeFile } from 'node:fs/promises';
import { agentsPage, PAGE } from './agents-page.js';

await writeFile(PAGE, agentsPage());
