import type { Agent } from 'node:https';
import { Stop } from '../../rotation/stop.js';
import { nameOf } from '../../aws/cause.js';
import { inTime } from '../../aws/in-time.js';
import type { AwsSecretsManagerConfig } from './config.js';
import { storeFault, type Action } from './faults.js';
import { placeOf } from './identity.js';
import { clientFor, forgetClient, type Opened } from './sdk.js';

/**
 * To the last byte of an answer, all tries of the SDK together. Its own times are over with the head: a body that stops
 * coming would be waited for without end.
 */
const ANSWERED_WITHIN_MS = 40_000;

/** What the client holds may be of yesterday: the next call looks for them anew. */
const STALE_CREDENTIALS = [
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'InvalidClientTokenId',
];

/** Makes calls about one secret; what goes wrong is thrown as a fault. */
export class AwsCalls {
  /** For what is said of a key that cannot be used, once it is known. */
  kmsKeyId: string | undefined;

  constructor(
    private readonly config: AwsSecretsManagerConfig,
    private readonly agent: Agent,
    private readonly withinMs = ANSWERED_WITHIN_MS,
  ) {}

  /** `known`: the errors of AWS, by name, that are an answer. */
  async call<Reply, Known>(
    action: Action,
    send: (opened: Opened, stop: { abortSignal: AbortSignal }) => Promise<Reply>,
    known: Readonly<Record<string, Known>>,
    signal: AbortSignal,
  ): Promise<Reply | Known> {
    using stop = new Stop([signal], this.withinMs);
    try {
      const opened = await clientFor(this.config, this.agent);
      return await inTime(send(opened, { abortSignal: stop.signal }), stop.signal);
    } catch (error) {
      const name = nameOf(error);
      if (STALE_CREDENTIALS.includes(name)) forgetClient(this.config, this.agent);
      if (Object.hasOwn(known, name)) return known[name] as Known;
      const cause: unknown = stop.signal.aborted && !signal.aborted ? stop.signal.reason : error;
      throw storeFault(cause, { action, place: placeOf(this.config), kmsKeyId: this.kmsKeyId });
    }
  }
}
