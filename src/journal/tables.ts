import type { Generated } from 'kysely';
import type { ApprovalTable } from './approval-table.js';

/** The run as its entries have made it: what the queue and the lists read. Rebuilt by no one; written with each entry. */
type RunTable = {
  id: string;
  rotation: string;
  mode: string;
  store_key: string;
  resource_key: string | null;
  /** 1 while the run holds the locks of its rotation, resource and store key. */
  active: number;
  ended: number;
  settled_at: number | null;
  /** Null while the run goes on. */
  outcome: string | null;
  /** See `starters.ts`. Null where an older Rotor wrote it, for a minute at the most. */
  started_by: string | null;
  started_at: number;
  /** Number of the newest entry. */
  seq: number;
  epoch: number;
  lease_until: number;
  /** In the order of opening, from 1, without a gap. */
  number: number;
  /** Hash of the newest entry; see `chain.ts`. */
  head: string;
  /** Number of the entry up to which its tokens are in `token_version`: less than `seq` where an older Rotor wrote. */
  filed: number;
  /** Of the body; see `forms.ts`. */
  form: number;
  body: string;
};

/** The log: added to, never changed. */
type EntryTable = { run_id: string; seq: number; at: number; body: string; hash: string };

type RotationTable = { name: string; first_seen_at: number };

/** What people have said of rotations between their runs: added to, never changed. In order from 1, without a gap. */
type ActTable = { number: number; at: number; rotation: string; body: string; hash: string };

/** Requests that have opened a run, or asked something of it, of a rotation or for approval, by the key that their client gave them. */
type RequestTable = {
  key: string;
  hash: string;
  /** Null for one about a rotation, which has an `answer` from the first time on that it was answered. */
  run_id: string | null;
  at: number;
  answer: string | null;
};

/** Grants as a JSON list; the token itself is nowhere. */
type ApiTokenTable = {
  id: string;
  name: string;
  hash: string;
  grants: string;
  created_by: string;
  created_at: number;
  expires_at: number;
  last_used_at: number | null;
  revoked_at: number | null;
};

/** In which runs a token was at hand, by which it is looked for; see `token-versions.ts`. */
type TokenVersionTable = {
  fingerprint: string;
  run_id: string;
  /** `new` or `previous`. */
  role: string;
  rotation: string;
  version: string;
  /** Of the first entry that tells of it. */
  at: number;
};

/** One row, written to see whether writing works. */
type HeartbeatTable = { id: number; at: number };

/** The outbox: one event on its way to one notifier. */
type NotificationTable = {
  /** In the order of writing; of one rotation, in the order of what happened. */
  number: Generated<number>;
  id: string;
  notifier: string;
  rotation: string;
  event: string;
  name: string;
  at: number;
  body: string;
  state: string;
  tries: number;
  /** These three by the clock of the leases. */
  since: number;
  next_at: number;
  lease_until: number;
  epoch: Generated<number>;
  problem: string | null;
  ended_at: number | null;
};

/** What was last said of a rotation, by topic: said once, whichever replica sees it. */
type StandingTable = { rotation: string; topic: string; value: string };

/** What a notifier has to know of a matter with its next message about it; see `receiver-notes.ts`. */
type ReceiverNoteTable = { notifier: string; about: string; value: string; at: number };

/** Receivers that have said that they want no more. */
type GoneTable = { notifier: string; address: string; at: number };

/** What webhook targets were sent, and what they said: a row for each try. Tokens as hashes alone. */
type CallbackTable = {
  number: Generated<number>;
  delivery: string;
  token_hash: string;
  rotation: string;
  target: string;
  fingerprint: string;
  sent_at: number | null;
  seen: number | null;
  instances: number | null;
  /** null: an older Rotor has sent it. */
  receiver: string | null;
};

export type Tables = {
  run: RunTable;
  entry: EntryTable;
  rotation: RotationTable;
  act: ActTable;
  request: RequestTable;
  token_version: TokenVersionTable;
  heartbeat: HeartbeatTable;
  api_token: ApiTokenTable;
  notification: NotificationTable;
  standing: StandingTable;
  gone: GoneTable;
  receiver_note: ReceiverNoteTable;
  callback: CallbackTable;
  approval: ApprovalTable;
};
