import { ROTATION } from '../../src/demo/config.js';
import type { DemoWorld } from '../../src/demo/world.js';
import { asRotorError } from '../../src/rotation/errors.js';
import type { RunView } from '../../src/triggers/run-view.js';

/** From SIGTERM to the exit. */
export const GRACE_MS = 10_000;
/** After the last end of the service, however it came. */
const ENDS_WITHIN_MS = 90_000;

/** After a run that the watch may have begun meanwhile. */
export async function started(world: DemoWorld): Promise<string> {
  for (;;) {
    try {
      return (await (await world.daemon.client()).start(ROTATION, 'rotate', 'kill test')).id;
    } catch (error) {
      const { code, runId } = asRotorError(error);
      if (code !== 'rotation_in_progress' || runId === undefined) throw error;
      await ended(world, runId);
    }
  }
}

/** As it is by then, if it does not end in time. */
export async function ended({ daemon }: DemoWorld, id: string): Promise<RunView> {
  const deadline = performance.now() + ENDS_WITHIN_MS;
  let run = await daemon.run(id);
  while (run.state !== 'ended' && performance.now() < deadline)
    run = await daemon.run(id, { since: run.seq, seconds: 20 });
  return run;
}
