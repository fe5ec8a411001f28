import { RotorError } from '../../rotation/errors.js';
import { Secret } from '../../rotation/secret.js';
import { apmInputOf } from './apm-input.js';
import type { PackagePolicy, PolicyInput } from './schemas.js';

/**
 * What a PUT may carry (elastic/kibana x-pack/platform/plugins/shared/fleet/server/types/models/package_policy.ts);
 * one key more is a 400, and each version of Kibana shows others that it computes. A key that is left out keeps its
 * stored value. `is_managed` is left out, since Fleet refuses whoever sends it as true.
 */
const WRITABLE: ReadonlySet<string> = new Set([
  'name',
  'description',
  'namespace',
  'policy_id',
  'policy_ids',
  'output_id',
  'cloud_connector_id',
  'enabled',
  'package',
  'inputs',
  'vars',
  'overrides',
  'supports_agentless',
  'supports_cloud_connector',
  'additional_datastreams_permissions',
  'version',
]);

/**
 * The whole policy with another token, in the format in which it was read: the simplified one would reset every other
 * variable to the package's default. Its `version` makes the write conditional.
 */
export function policyWithToken(policy: PackagePolicy, token: Secret, label: string): object {
  const apm = apmInputOf(policy, label);
  const inputs = policy.inputs.map((input) =>
    withoutCompiled(input === apm ? withToken(input, token) : input),
  );
  const kept = Object.entries(policy).filter(([key]) => WRITABLE.has(key));
  return { ...Object.fromEntries(kept), inputs };
}

function withToken(input: PolicyInput, token: Secret): PolicyInput {
  const stored = input.vars?.['secret_token'] ?? { type: 'text' };
  return { ...input, vars: { ...input.vars, secret_token: { ...stored, value: token.reveal() } } };
}

function withoutCompiled({ compiled_input: _compiled, streams, ...input }: PolicyInput): object {
  if (!streams) return input;
  return { ...input, streams: streams.map(({ compiled_stream: _stream, ...stream }) => stream) };
}

/**
 * Fleet puts the token into YAML without quotes, so a token may become a number, or nothing at all, and then the APM
 * Server lets anyone in. Throws `token_not_taken` where it did, `upstream_busy` where the reply shows a later save.
 */
export function assertTaken(saved: PackagePolicy, token: Secret, label: string): void {
  const input = saved.inputs.find(({ type }) => type === 'apm');
  const value = input?.vars?.['secret_token']?.value;
  if (isSecretReference(value)) return;
  if (typeof value !== 'string') throw notTaken(label, 'saved', value);
  if (!isToken(value, token)) {
    throw new RotorError(
      'upstream_busy',
      `${label}: the policy was saved, and it already holds another token than the one that was sent.`,
      { hint: 'Somebody saved it at the same moment; Rotor looks again.' },
    );
  }
  const auth = compiledAuth(input);
  if (auth === undefined) return;
  const compiled = auth['secret_token'];
  if (isCompiledReference(compiled)) return;
  if (!isToken(compiled, token)) throw notTaken(label, 'compiled', compiled);
}

function isToken(value: unknown, token: Secret): boolean {
  return typeof value === 'string' && new Secret(value).equals(token);
}

function isSecretReference(value: unknown): boolean {
  return isRecord(value) && value['isSecretRef'] === true;
}

/** As Fleet writes a secret into a compiled policy (server/services/secrets). */
function isCompiledReference(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('$co.elastic.secret{');
}

function compiledAuth(input: PolicyInput | undefined): Readonly<Record<string, unknown>> | undefined {
  const compiled = input?.compiled_input;
  const server = isRecord(compiled) ? compiled['apm-server'] : undefined;
  const auth = isRecord(server) ? server['auth'] : undefined;
  return isRecord(auth) ? auth : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notTaken(label: string, stage: 'saved' | 'compiled', value: unknown): RotorError {
  const made = stage === 'saved' ? 'saved the policy with' : 'compiled the token to';
  return new RotorError(
    'token_not_taken',
    `${label}: Fleet ${made} ${inWords(value)}, expected the token as text.`,
    {
      hint: 'Look at Agent authorization in the APM integration in Kibana, and set a token there that begins with a letter.',
    },
  );
}

function inWords(value: unknown): string {
  if (value === null || value === undefined) return 'no token at all, so the APM Server may let anyone in';
  if (typeof value === 'string') return 'another text';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}
