import { createHash, randomBytes } from 'node:crypto';
import type { StageKey, VersionId } from '../stores/store.js';
import { Secret } from './secret.js';

/** PHP's agent builds the header in 256 bytes and prints a token that does not fit (apm-agent-php backend_comm.cpp). */
const LONGEST = 233;

/** A token that Rotor chooses: safe in YAML, INI, JSON, a header and a shell, and never a number or null in YAML. */
export function mintToken(): Secret {
  return new Secret(`r${randomBytes(32).toString('base64url')}`);
}

/** A token that nobody chose: whatever accepts it accepts everything. */
export function bogusToken(): Secret {
  return mintToken();
}

/** What is wrong with a token that somebody else chose, if anything; it is stored all the same. */
export function tokenFinding(token: Secret): string | undefined {
  const value = token.reveal();
  if (!/^[\x21-\x7e]+$/.test(value)) return 'it has characters that an HTTP header cannot carry safely';
  if (value.length > LONGEST)
    return `it has ${value.length} characters; the PHP agent takes ${LONGEST} at most`;
  return undefined;
}

/** What a token in force may become where it is set in a YAML template without quotes, as Kibana Fleet does. */
export function yamlFinding(token: Secret): string | undefined {
  if (
    /^[A-Za-z][A-Za-z0-9_-]*$/.test(token.reveal()) &&
    !/^(true|false|null|yes|no|on|off|y|n)$/i.test(token.reveal())
  ) {
    return undefined;
  }
  return 'YAML may read it as something else than text, which can switch authentication off';
}

/** The key of the one candidate that a run mints: a second try finds the first one's token. */
export function candidateKey(runId: string): StageKey {
  return hash(runId, 'candidate');
}

/** For a token that Rotor did not mint: two replies to one run can never take each other's place. */
export function tokenKey(runId: string, token: Secret, again?: VersionId): StageKey {
  return hash(runId, token.reveal(), again ?? '');
}

function hash(...parts: readonly string[]): StageKey {
  return createHash('sha256').update(parts.join('\0')).digest('hex') as StageKey;
}
