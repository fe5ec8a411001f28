import type { Ledger } from '../ledger.js';
import type { Timings } from '../options.js';
import type { Random } from '../random.js';
import type { Timers } from '../timers.js';
import type { AuthSettings } from './authorization.js';
import type { ApmInstance } from './instance.js';

export type RolloutDeps = {
  readonly ledger: Ledger;
  readonly timings: Timings;
  readonly timers: Timers;
  /** This deployment's own stream. */
  readonly random: Random;
};

export type RolloutSubject = {
  readonly name: string;
  readonly instances: readonly ApmInstance[];
  readonly server: { drain(instance: ApmInstance): void };
};

/** Instances load the token one by one, in an order and at moments of their own; a pinned one never does. */
export function rollOut(subject: RolloutSubject, token: string, deps: RolloutDeps): void {
  const { random, timers, timings } = deps;
  const order = random.shuffle(subject.instances.filter((instance) => !instance.pinned));
  const shareMs = timings.switchSpreadMs / order.length;
  order.forEach((instance, index) => {
    const auth = { token, open: false };
    const isNewest = instance.beginRollout();
    timers.after((index + random.next()) * shareMs, () => {
      if (isNewest()) switchTo(subject, instance, auth, deps.ledger);
    });
  });
}

/** New listener first, then the old one is drained: elastic/apm-server internal/beatcmd/reloader.go. */
export function switchTo(
  subject: RolloutSubject,
  instance: ApmInstance,
  auth: AuthSettings,
  ledger: Ledger,
): void {
  const from = instance.tokenFingerprint;
  instance.load(auth);
  subject.server.drain(instance);
  const to = instance.tokenFingerprint;
  ledger.append({ kind: 'instance.switched', deployment: subject.name, instance: instance.name, from, to });
}
