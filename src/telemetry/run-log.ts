import type { Logger } from 'pino';
import type { GateObserver } from '../http/gate.js';
import type { Act, SaidOfApproval } from '../journal/act.js';
import type { Change } from '../journal/journal.js';
import type { HeartbeatsDeps } from '../notifiers/healthchecks/heartbeats.js';
import type { SenderDeps } from '../notifiers/sender.js';
import type { EngineDeps } from '../rotation/engine.js';
import type { Run } from '../rotation/run.js';
import { stallOf } from '../rotation/run.js';
import type { WatchDeps } from '../rotation/watch.js';
import { authGapOf } from '../verification/auth-gap.js';
import type { JournalListener } from './journal-listener.js';
import type { Meters } from './meters.js';

const WARN_BEFORE_MS = 30 * 24 * 60 * 60_000;

/** A line in the log for each entry of the journal, and for what people say of rotations. */
export function runLog(log: Logger): JournalListener {
  return {
    changed: (run, change) => logChange(log, run, change),
    acted: (act) => logAct(log, act),
  };
}

/** What the engine meets on its way, without a word of a token. */
export function observer(log: Logger): EngineDeps['observer'] {
  return {
    started(run) {
      const { kind, reason } = run.trigger;
      const event = { action: 'run.started', reason };
      log.info({ ...labels(run, 'run.started'), event, trigger: kind, mode: run.mode }, 'run started');
    },
    takenOver(run) {
      const fields = { ...labels(run, 'run.taken_over'), state: run.state.state };
      log.info(fields, 'run taken over from another process or an earlier one');
    },
    troubled(run, error, times) {
      const fields = {
        ...labels(run, 'run.trouble'),
        'error.code': error.code,
        'error.message': error.message,
        times,
      };
      log.warn(fields, 'a look or a step failed; trying again');
    },
    credentialExpires(run, when) {
      if (when.getTime() - Date.now() > WARN_BEFORE_MS) return;
      const fields = { ...labels(run, 'credential.expiring'), expires: when.toISOString() };
      log.warn(fields, 'the API key of the cloud expires soon');
    },
    crashed(runId, error) {
      log.error(
        { labels: { run_id: runId }, 'error.code': error.code, err: error },
        'a worker stopped; trying again',
      );
    },
  };
}

/** What is found between two runs. */
export function watchObserver(log: Logger): WatchDeps['observer'] {
  return {
    drifted(rotation, drift, adopting) {
      const { kind, detail, repair, since } = drift;
      const fields = {
        event: { action: 'drift.found' },
        labels: { rotation },
        drift: { kind, detail, repair, since: new Date(since).toISOString() },
      };
      log.warn(
        fields,
        adopting ? 'drift found; adopting the token in force' : 'drift found; nothing is done about it',
      );
    },
    inStep(rotation) {
      log.info({ event: { action: 'drift.gone' }, labels: { rotation } }, 'all in step again');
    },
    failed(rotation, error) {
      const fields = { event: { action: 'watch.failed' }, labels: { rotation }, 'error.code': error.code };
      log.warn(
        { ...fields, 'error.message': error.message },
        'a look between runs failed; the next one follows',
      );
    },
  };
}

/** What becomes of notifications; an address may hold a secret, so a notifier is named. */
export function senderObserver(log: Logger, meters: Pick<Meters, 'count'>): SenderDeps['observer'] {
  const fieldsOf = (action: string, notifier: string, id: string) => ({
    event: { action, id },
    labels: { notifier },
  });
  const count = (notifier: string, outcome: string) =>
    meters.count('notificationTries', { notifier, outcome });
  return {
    sent: (notifier) => count(notifier, 'sent'),
    failing(notifier, id, error, tries) {
      count(notifier, 'failed');
      const fields = { ...fieldsOf('notification.trouble', notifier, id), 'error.code': error.code, tries };
      log.warn({ ...fields, 'error.message': error.message }, 'a notification failed; trying again');
    },
    gaveUp(notifier, id, problem) {
      count(notifier, 'dead');
      const fields = fieldsOf('notification.dead', notifier, id);
      log.error(
        { ...fields, problem },
        'a notification was given up; see `rotor notifications --state dead`',
      );
    },
    crashed(error) {
      const fields = { event: { action: 'notification.crashed' }, 'error.code': error.code };
      log.error({ ...fields, err: error }, 'the outbox could not be worked on; trying again');
    },
  };
}

/** That a dead man's switch could not be pinged: it calls out by itself where that goes on. */
export function heartbeatObserver(log: Logger, meters: Pick<Meters, 'count'>): HeartbeatsDeps['observer'] {
  return {
    sent: (notifier) => meters.count('notificationTries', { notifier, outcome: 'sent' }),
    failed(notifier, error) {
      meters.count('notificationTries', { notifier, outcome: 'failed' });
      const fields = {
        event: { action: 'heartbeat.trouble' },
        labels: { notifier },
        'error.code': error.code,
      };
      log.warn({ ...fields, 'error.message': error.message }, 'a ping failed; trying again');
    },
  };
}

/** That an upstream is left alone for a while, for every run at once. */
export function gateObserver(log: Logger): GateObserver {
  return {
    circuit(host, because) {
      const fields = { event: { action: because === undefined ? 'upstream.back' : 'upstream.left_alone' } };
      const server = { server: { address: host } };
      if (because === undefined) log.info({ ...fields, ...server }, 'an upstream answers again');
      else
        log.warn({ ...fields, ...server, because }, 'most requests to an upstream failed; leaving it alone');
    },
  };
}

function logChange(log: Logger, run: Run, { state, note, deliveries, paused }: Change): void {
  if (state) {
    const stalled = stallOf(run.state);
    const fields = { ...labels(run, `run.${state.state}`), ...(note !== undefined && { note }) };
    if (stalled) log.warn({ ...fields, stalled }, 'run stalled');
    else if (state.state === 'ended') log.info({ ...fields, ...endedFields(run) }, 'run ended');
    else log.info(fields, 'run moved');
    return;
  }
  if (paused)
    log.warn({ ...labels(run, 'deliveries.paused'), paused }, 'no delivery begins until somebody resumes');
  if (paused === null) {
    const isStopped = deliveries?.some(({ state: now }) => now === 'skipped');
    const [action, said] = isStopped
      ? ['deliveries.stopped', 'what had not begun is skipped']
      : ['deliveries.resumed', 'the deliveries go on'];
    log.info(labels(run, action), said);
  }
  for (const delivery of deliveries ?? []) {
    if (delivery.problem) log.warn({ ...labels(run, 'delivery.trouble'), delivery }, 'a delivery failed');
  }
}

function labels(run: Run, action: string) {
  return { event: { action }, labels: { rotation: run.rotation, run_id: run.id } };
}

function endedFields(run: Run) {
  const { state } = run;
  if (state.state !== 'ended') throw new Error('the run has not ended');
  const gap = authGapOf(run);
  return {
    event: {
      action: 'run.ended',
      outcome: state.outcome === 'succeeded' ? 'success' : 'failure',
      // Nanoseconds: https://www.elastic.co/docs/reference/ecs/ecs-event#field-event-duration
      duration: ((run.endedAt ?? run.startedAt) - run.startedAt) * 1e6,
      reason: state.detail,
    },
    outcome: state.outcome,
    ...(gap && { auth_gap: { ms: gap.ms, resolution_ms: gap.resolutionMs } }),
  };
}

function logAct(log: Logger, act: Act): void {
  if ('approval' in act) return logApproval(log, act);
  // What is done to access is in the audit log alone.
  if (act.what !== 'pause' && act.what !== 'resume') return;
  const { rotation, what, reason, by } = act;
  const event = { action: `rotation.${what}`, reason };
  const until =
    act.what === 'pause' && act.until !== undefined ? { until: new Date(act.until).toISOString() } : {};
  log.info(
    { event, labels: { rotation }, ...(by !== undefined && { user: { name: by } }), ...until },
    what === 'pause' ? 'rotation paused' : 'rotation resumed',
  );
}

function logApproval(log: Logger, act: SaidOfApproval): void {
  const { what, rotation, approval, reason, by, run, planDigest, expiresAt } = act;
  const became = what.replace('approval_', '');
  const fields = {
    event: { action: `approval.${became}`, reason },
    labels: { rotation, approval_id: approval, ...(run !== undefined && { run_id: run }) },
    ...(by !== undefined && { user: { name: by } }),
    ...(planDigest !== undefined && { plan_digest: planDigest }),
    ...(expiresAt !== undefined && { until: new Date(expiresAt).toISOString() }),
  };
  log.info(fields, `approval ${became}`);
}
