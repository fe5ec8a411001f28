import { writeFile } from 'node:fs/promises';
import { PAGE, problemsPage } from './problems-page.js';

await writeFile(PAGE, problemsPage());
