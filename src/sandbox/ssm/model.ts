export type StoredNode = {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly platform: 'Linux' | 'Windows' | 'MacOS';
  /** Where its commands are run. */
  readonly folder: string;
  isOnline: boolean;
};

type Detail =
  | 'Pending'
  | 'In Progress'
  | 'Delayed'
  | 'Success'
  | 'Failed'
  | 'Execution Timed Out'
  | 'Delivery Timed Out'
  | 'Undeliverable'
  | 'Terminated';

export type StoredInvocation = {
  readonly node: StoredNode;
  detail: Detail;
  output: string;
  responseCode: number;
};

export type StoredCommand = {
  readonly id: string;
  readonly document: string;
  readonly comment: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly requestedAt: number;
  expiresAt: number;
  readonly atOnce: number;
  readonly mostErrors: number;
  readonly invocations: StoredInvocation[];
  /** Answers of ListCommands in which it is not shown yet. */
  hiddenFor: number;
};

const GOING_ON: ReadonlySet<Detail> = new Set(['Pending', 'In Progress', 'Delayed']);

export function isOver({ detail }: StoredInvocation): boolean {
  return !GOING_ON.has(detail);
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html: the coarse status of a detailed one. */
export function statusOf(detail: Detail): string {
  switch (detail) {
    case 'In Progress':
      return 'InProgress';
    case 'Execution Timed Out':
    case 'Delivery Timed Out':
      return 'TimedOut';
    case 'Undeliverable':
      return 'Failed';
    case 'Terminated':
      return 'Cancelled';
    case 'Pending':
    case 'Delayed':
    case 'Success':
    case 'Failed':
      return detail;
  }
}

/** Of the command as a whole; undeliverable hosts do not count. */
export function wholeOf({ invocations, mostErrors }: StoredCommand): { status: string; details: string } {
  if (invocations.some((one) => !isOver(one))) return { status: 'InProgress', details: 'InProgress' };
  const counted = invocations.filter(({ detail }) => detail !== 'Undeliverable');
  if (counted.every(({ detail }) => detail === 'Success')) return { status: 'Success', details: 'Success' };
  const errors = counted.filter(
    ({ detail }) => detail === 'Failed' || detail === 'Execution Timed Out',
  ).length;
  return { status: 'Failed', details: errors > mostErrors ? 'Failed' : 'Incomplete' };
}
