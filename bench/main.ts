import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { api } from './api.js';
import { help } from './help.js';
import { history } from './history.js';
import { manyRotations } from './many-rotations.js';
import { resetToStore } from './reset-to-store.js';
import { rival } from './rival.js';
import { runTime } from './run-time.js';
import { start } from './start.js';
import { machine } from './support/machine.js';
import type { Scenario } from './support/row.js';
import { takeover } from './takeover.js';
import { asObject, render, type Measured } from './support/table.js';

const scenarios: readonly Scenario[] = [
  runTime,
  resetToStore,
  manyRotations,
  start,
  help,
  history,
  api,
  takeover,
  rival,
];

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** `--json` alone prints the object in place of the table, `--json FILE` writes it there as well. */
function optionsOf(args: readonly string[]): { only: string | undefined; json: string | boolean } {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { only: { type: 'string' }, json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [file, ...more] = positionals;
  if (more.length > 0 || (file !== undefined && !values.json)) {
    throw new Error(`unknown: ${positionals.join(' ')}; expected --only NAME and --json [FILE]`);
  }
  return { only: values.only, json: file ?? values.json };
}

function chosen(only: string | undefined): readonly Scenario[] {
  const found = scenarios.filter(({ name }) => only === undefined || name === only);
  if (found.length > 0) return found;
  throw new Error(
    `there is no scenario "${only}"; known are ${scenarios.map(({ name }) => name).join(', ')}`,
  );
}

/** What breaks is said and counts; what is slow does not. */
async function measure(wanted: readonly Scenario[]): Promise<Measured[]> {
  const rows: Measured[] = [];
  for (const scenario of wanted) {
    const began = performance.now();
    try {
      rows.push(...(await scenario.rows()).map((row) => ({ scenario: scenario.name, ...row })));
      say(`${scenario.name}: done in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    } catch (error) {
      process.exitCode = 1;
      say(
        `${scenario.name}: BROKEN: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    }
  }
  return rows;
}

async function main(args: readonly string[]): Promise<void> {
  const { only, json } = optionsOf(args);
  const wanted = chosen(only);
  const where = machine();
  const rows = await measure(wanted);
  const object = `${JSON.stringify(asObject(rows, where), undefined, 2)}\n`;
  if (typeof json === 'string') await writeFile(json, object);
  process.stdout.write(json === true ? object : `${render(rows, where)}\n`);
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  process.exitCode = 2;
  say(`bench: ${error instanceof Error ? error.message : String(error)}`);
});
