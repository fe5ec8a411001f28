import type { RunView } from '../../src/triggers/run-view.js';
import type { Service } from './service.js';
import { timed } from './statistics.js';

const LONGEST_S = 60;

/** One whole run; throws unless it succeeds. */
export async function rotated({ client }: Service, name: string): Promise<RunView> {
  const { id } = await client.start(name, 'rotate', 'bench');
  for (
    let view = await client.run(id);
    ;
    view = await client.run(id, { since: view.seq, seconds: LONGEST_S })
  ) {
    if (view.outcome === null) continue;
    if (view.outcome === 'succeeded') return view;
    throw new Error(`the run of ${name} ended ${view.outcome}: ${view.detail}`);
  }
}

/** As whoever asked for it sees it, in milliseconds: from the request to the answer that it has ended. */
export async function rotate(service: Service, name: string): Promise<number> {
  return timed(async () => rotated(service, name));
}
