import { describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** Where a token has to leave its wrapper, and for what. A new place needs a reason here. */
const ALLOWED: Readonly<Record<string, string>> = {
  'rotation/secret.ts': 'the wrapper itself',
  'rotation/tokens.ts': 'judges the form of a token, derives its key',
  'http/client.ts': 'the credential of a request',
  'http/signing.ts': 'signs what is sent to a webhook',
  'http/basic.ts': 'the same, as a user and a password',
  'notifiers/pagerduty/pagerduty-notifier.ts': 'the routing key in an event, and what to take out of answers',
  'notifiers/slack/web-api.ts': 'the token of a bot, in the header of a request',
  'http/poster.ts': 'an address that is a secret as a whole',
  'cli/connection.ts': 'the API token of a request',
  'cli/login.ts': 'writes the API token that it was given to a file of this user',
  'triggers/access/tokens.controller.ts': 'an API token, to whoever makes it',
  'triggers/api-token.ts': 'writes the API token to its file once, and hashes the one that is given',
  'journal/postgres.ts': 'the URL of the database, which holds a password',
  'issuers/fleet/saving.ts': 'the token in an integration policy',
  'issuers/fleet/veil.ts': 'takes tokens out of what an Elastic Agent says',
  'verification/apm-server-prober.ts': 'shows the token to the APM Server',
  'stores/aws-secrets-manager/api.ts':
    'the token by which AWS knows a rotation function under an assumed role',
  'stores/aws-secrets-manager/value-format.ts': 'the value of a version',
  'targets/file/file-target.ts': "the content of the target's file, and what to mask in its commands' output",
  'targets/kubernetes/secrets.ts': 'the value of a Secret, and what to take out of answers that quote it',
  'targets/webhook/webhook-target.ts': 'the token itself, where the config says so',
  'sandbox/agents/intake-request.ts': 'a simulated agent authenticates',
  'sandbox/agents/worker.ts': 'a real agent is started with its token',
};

function revealing(): string[] {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return files.filter((file) => /\breveal\(\)/.test(readFileSync(join(SRC, file), 'utf8')));
}

describe('a secret', () => {
  it('is revealed nowhere but where it has to be', () => {
    expect(revealing().toSorted()).toEqual(Object.keys(ALLOWED).toSorted());
  });
});
