import { fingerprintOf } from '../../rotation/secret.js';
import type { ReplyFate, SecretsManagerRequest } from '../ledger.js';
import type { OperationName } from './operations.js';

export type Call = { readonly operation: OperationName; readonly body: unknown; readonly region: string };
export type Answer = { readonly status: number; readonly body: string; readonly error?: string };

/** What the ledger keeps of a request: of a value, the fingerprint. */
export function requestEntry(call: Call, answer: Answer, reply: ReplyFate): SecretsManagerRequest {
  const secretId = secretIdOf(call.body);
  const versionId = ['ClientRequestToken', 'MoveToVersionId', 'RemoveFromVersionId', 'VersionId']
    .map((name) => textIn(call.body, name))
    .find((id) => id !== undefined);
  const stages = stagesOf(call.body);
  const text = textIn(call.body, 'SecretString') ?? returnedText(call, answer);
  return {
    kind: 'secrets-manager.request',
    operation: call.operation,
    status: answer.status,
    reply,
    ...(secretId !== undefined && { secretId }),
    ...(versionId !== undefined && { versionId }),
    ...(stages.length > 0 && { stages }),
    ...(text !== undefined && { fingerprint: fingerprintOf(text) }),
    ...(answer.error !== undefined && { error: answer.error }),
  };
}

export function secretIdOf(body: unknown): string | undefined {
  return textIn(body, 'SecretId') ?? textIn(body, 'Name');
}

function stagesOf(body: unknown): string[] {
  const stages = [memberOf(body, 'VersionStage'), memberOf(body, 'VersionStages')].flat();
  return stages.filter((stage) => typeof stage === 'string');
}

function returnedText(call: Call, answer: Answer): string | undefined {
  if (call.operation !== 'GetSecretValue' || answer.status !== 200) return undefined;
  return textIn(JSON.parse(answer.body), 'SecretString');
}

function textIn(body: unknown, name: string): string | undefined {
  const member = memberOf(body, name);
  return typeof member === 'string' ? member : undefined;
}

function memberOf(body: unknown, name: string): unknown {
  if (typeof body !== 'object' || body === null) return undefined;
  return Object.entries(body).find(([key]) => key === name)?.[1];
}
