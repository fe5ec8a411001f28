import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that goes with the stack; `BENCH_KEEP` leaves it for a look at the logs. */
export async function temporaryFolder(standing: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rotor-bench-'));
  standing.defer(async () => {
    if (process.env['BENCH_KEEP']) process.stderr.write(`kept: ${folder}\n`);
    else await rm(folder, { recursive: true, force: true });
  });
  return folder;
}
