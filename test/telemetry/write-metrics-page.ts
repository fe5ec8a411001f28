import { writeFile } from 'node:fs/promises';
import { metricsPage, PAGE } from './metrics-page.js';

await writeFile(PAGE, metricsPage());
