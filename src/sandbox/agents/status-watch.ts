import { watch } from 'node:fs';
import { join } from 'node:path';
import { parseFingerprint, type Fingerprint } from '../../rotation/secret.js';
import type { LedgerEvent } from '../ledger.js';
import { readStatus } from './status-file.js';

const ENDING = '.status.json';

/** Tells the ledger the moment from which every instance of an agent runs with one token. */
export function watchStatus(
  folder: string,
  ledger: { append(event: LedgerEvent): unknown },
): { close(): void } {
  const last = new Map<string, Fingerprint>();
  const look = async (file: string): Promise<void> => {
    const { fingerprints } = await readStatus(join(folder, file));
    const [first, ...rest] = fingerprints.map(parseFingerprint);
    const agent = file.slice(0, -ENDING.length);
    if (first === undefined || rest.some((other) => other !== first) || last.get(agent) === first) return;
    last.set(agent, first);
    ledger.append({ kind: 'agent', agent, what: 'runs with', fingerprint: first });
  };
  return watch(folder, (_event, file) => {
    // A status is replaced by a rename, so what is read is whole; one that is gone again has a successor.
    if (file?.endsWith(ENDING)) void look(file).catch(() => undefined);
  });
}
