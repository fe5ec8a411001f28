import { Client } from './client.js';
import { printData, printJson } from './print.js';

/** Exit code 0 where the log holds together, 1 where it does not. */
export async function verifyAudit(options: { readonly json?: boolean }): Promise<number> {
  const client = await Client.fromEnvironment();
  const report = await client.audit();
  const { runs, entries, head, faults } = report;
  if (options.json) printJson(report);
  else if (faults.length === 0)
    printData(
      `${runs} runs, ${entries} entries: nothing was changed, removed or moved.\nhead ${head ?? 'none'}`,
    );
  else {
    printData(`${runs} runs, ${entries} entries: the log does not hold together.`);
    for (const { run, seq, what } of faults)
      printData(`${seq === null ? run : `${run}, entry ${seq}`}: ${what}.`);
    printData(
      'next: Keep the database as it is, find out who could write to it, and compare it with a backup.',
    );
  }
  return faults.length === 0 ? 0 : 1;
}
