import type { Command, CommandInvocation } from '@aws-sdk/client-ssm';
import { named } from './named.js';

/** What became of one command on all hosts. `why` names those where it did not end well; `other` counts those that it reached. */
export type Outcome =
  | { readonly is: 'under_way'; readonly done: number; readonly of: number; readonly detail: string }
  | { readonly is: 'done'; readonly of: number }
  | {
      readonly is: 'failed';
      readonly done: number;
      readonly of: number;
      readonly other: number;
      readonly why: string;
    };

const GOING_ON = new Set(['Pending', 'InProgress', 'Delayed', 'Cancelling']);
/** Of a host that was down: nothing is known of it. */
const UNREACHED = new Set(['DeliveryTimedOut', 'Delivery Timed Out', 'Undeliverable']);

/**
 * By the hosts and not by the command as a whole: that one may be a success where a host was undeliverable
 * (https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html).
 */
export function outcomeOf(command: Command, invocations: readonly CommandInvocation[]): Outcome {
  const of = Math.max(command.TargetCount ?? 0, invocations.length);
  const done = invocations.filter(({ Status }) => Status === 'Success').length;
  const bad = invocations.filter(({ Status = '' }) => Status !== 'Success' && !GOING_ON.has(Status));
  const waiting = invocations.filter(({ Status = '' }) => GOING_ON.has(Status));
  if (waiting.length > 0 || GOING_ON.has(command.Status ?? '')) {
    return {
      is: 'under_way',
      done,
      of,
      detail: `${done} of ${of} hosts have run the command${statesOf(waiting)}`,
    };
  }
  if (bad.length > 0) {
    return {
      is: 'failed',
      done,
      of,
      other: bad.filter(({ StatusDetails = '' }) => !UNREACHED.has(StatusDetails)).length,
      why: `the command did not end well on ${bad.length} of ${of} hosts${statesOf(bad)}`,
    };
  }
  if (of === 0) return { is: 'failed', done, of, other: 0, why: 'no host was meant by the command' };
  if (done < of || command.Status !== 'Success') {
    return {
      is: 'failed',
      done,
      of,
      other: of - done,
      why: `the command ended as ${command.StatusDetails ?? command.Status}, on ${done} of ${of} hosts well`,
    };
  }
  return { is: 'done', of };
}

function statesOf(invocations: readonly CommandInvocation[]): string {
  if (invocations.length === 0) return '';
  const hosts = invocations.map(
    ({ InstanceId, StatusDetails, Status }) => `${InstanceId} ${StatusDetails ?? Status}`,
  );
  return ` (${named(hosts)})`;
}
