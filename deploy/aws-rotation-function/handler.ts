import type { Logger } from 'pino';
import { loadConfig, loadEnv } from '../../src/config/index.js';
import { Gates } from '../../src/http/gate.js';
import { systemClock } from '../../src/rotation/clock.js';
import { asRotorError, RotorError } from '../../src/rotation/errors.js';
import { Stop } from '../../src/rotation/stop.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { gateObserver } from '../../src/telemetry/run-log.js';
import { AwsRotation, rotationEvent, type RotationEvent } from '../../src/triggers/aws-rotation.js';
import { openDriven } from '../../src/wiring/index.js';

/** What Lambda tells of an invocation: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
type Context = { getRemainingTimeInMillis(): number };

/** A step that waits gives up this long before Lambda would end it: time for a last look and its answer. */
const LAST_LOOK_MS = 15_000;
/** And whatever still hangs then is stopped, so that the log has the reason. */
const LAST_WORD_MS = 2_000;

let shared: { readonly log: Logger; readonly gates: Gates } | undefined;

/**
 * The rotation function of AWS Secrets Manager. Whatever it throws AWS takes for a step to call again.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export async function handler(event: unknown, context: Context): Promise<void> {
  const env = loadEnv(process.env);
  const log = createLogger(env.logLevel);
  // What has been learnt of an upstream's limits is kept for as long as Lambda keeps the process.
  shared ??= { log, gates: new Gates(gateObserver(log)) };
  const { gates } = shared;
  const leftMs = context.getRemainingTimeInMillis();
  using stop = new Stop([], Math.max(leftMs - LAST_WORD_MS, 0));
  try {
    const config = loadConfig(env.config, { env });
    const open = (call: Parameters<typeof openDriven>[2]) =>
      openDriven(config, { env: process.env, gates }, call);
    const allowance = { waitUntil: systemClock.now() + leftMs - LAST_LOOK_MS, signal: stop.signal };
    const taken = await new AwsRotation(open, systemClock).take(parsed(event), allowance);
    const labels = { rotation: taken.rotation, step: taken.step };
    log.info(
      { event: { action: 'step.done', reason: taken.detail }, labels },
      'a step of the rotation is done',
    );
  } catch (error) {
    const fault = asRotorError(error);
    log.error({ event: { action: 'step.failed' }, err: fault }, 'a step of the rotation failed');
    throw told(fault);
  }
}

function parsed(event: unknown): RotationEvent {
  const { data, error } = rotationEvent.safeParse(event);
  if (data) return data;
  const found = error.issues.map(({ path, message }) => `${path.join('.') || 'the event'}: ${message}`);
  throw new RotorError('request_invalid', `this is no call of a rotation: ${found.join('; ')}`, {
    hint: 'The function is for AWS Secrets Manager to call; name it as the rotation function of the secret.',
  });
}

/** What AWS and people see of it: the sentence and what to do, never the cause, which may hold what an upstream said. */
function told({ code, message, hint }: RotorError): Error {
  const error = new Error(hint === undefined ? message : `${message.replace(/\.$/, '')}. ${hint}`);
  error.name = code;
  return error;
}
