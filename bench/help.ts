import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Scenario } from './support/row.js';
import { CLI } from './support/service.js';
import { median, timesOf } from './support/statistics.js';

const run = promisify(execFile);
const COUNT = 25;
const BOUND_MS = 150;

export const help: Scenario = {
  name: 'help',
  async rows() {
    const times = await timesOf(COUNT, 2, async () => run(process.execPath, [CLI, '--help']));
    return [
      { what: 'rotor --help, median', unit: 'ms', value: median(times), bound: BOUND_MS, count: COUNT },
    ];
  },
};
