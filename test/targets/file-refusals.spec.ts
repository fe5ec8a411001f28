import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { errorOf } from '../contracts/target.contract.js';
import type { FileTargetConfig } from '../../src/targets/file/config.js';
import { FileWorld } from './file-harness.js';
import { fixtureOf } from './forms/form-suite.js';

const NOTHING_RUNS = { reload: undefined, check: undefined };
const java = { format: 'properties', agent: 'java', mode: undefined } as const;
const URL_LINE = 'server_url=https://apm.example.com\n';

describe('file target: a delivery that would do nothing, or would show the token', () => {
  let world: FileWorld;
  beforeEach(async () => {
    world = await FileWorld.create();
  });
  afterEach(() => world.close());

  const preflight = (over: Partial<FileTargetConfig>): Promise<readonly string[]> =>
    world.target(over).preflight(new AbortController().signal);
  const holds = (content: string | Buffer): Promise<void> => writeFile(world.path, content, { mode: 0o640 });

  const attacher = { agent: 'k8s-attacher', mode: undefined } as const;
  it('of the attacher is right with an https URL for each agent that it injects', async () => {
    await holds(fixtureOf('attacher-values.yaml', 'old'));
    expect(await preflight(attacher)).toEqual([]);
  });

  // Each delivery as somebody has really set it up, and what is wrong with it.
  it.each<[string, string | Buffer | undefined, Partial<FileTargetConfig>, string]>([
    [
      'a plain URL',
      'server_url=http://apm:8200\nsecret_token=x\n',
      java,
      'server_url leads to http://apm:8200, and without TLS',
    ],
    [
      'no URL',
      'secret_token=x\n',
      java,
      'none of server_url, server_urls is set, and the default, http://127.0.0.1:8200',
    ],
    [
      "one plain URL in Go's list",
      'ELASTIC_APM_SERVER_URLS=https://a,http://b\nELASTIC_APM_SERVER_URL=https://a\n',
      { agent: 'go' },
      'ELASTIC_APM_SERVER_URLS leads to http://b,',
    ],
    [
      'an API key beside the token',
      `${URL_LINE}api_key=k\n`,
      java,
      'api_key stands beside the token and wins over it',
    ],
    [
      'central configuration',
      'agent_config:\n  java:\n    secret_token: x\n',
      { format: 'yaml', key: 'agent_config.java.secret_token' },
      'it would bring the token by central configuration',
    ],
    [
      'a signal with a token of its own',
      'OTEL_EXPORTER_OTLP_ENDPOINT=https://a\nOTEL_EXPORTER_OTLP_LOGS_HEADERS="Authorization=Bearer x"\n',
      { agent: 'otlp' },
      'OTEL_EXPORTER_OTLP_LOGS_HEADERS has an Authorization of its own',
    ],
    [
      'an API key in the headers of OTLP',
      'OTEL_EXPORTER_OTLP_ENDPOINT=https://a\nOTEL_EXPORTER_OTLP_HEADERS="Authorization=ApiKey x"\n',
      { agent: 'otlp' },
      'no bearer token but another credential, such as an API key',
    ],
    [
      'the default of the attacher',
      fixtureOf('attacher-values.yaml', 'x').replace('https://apm.example.com', 'http://$(HOST_IP):8200'),
      attacher,
      'webhookConfig.agents.java: ELASTIC_APM_SERVER_URL is http://$(HOST_IP):8200, the default of the Kubernetes attacher',
    ],
    [
      'the attacher without a URL',
      'apm:\n  secret_token: x\n',
      attacher,
      'and the default, http://$(HOST_IP):8200, would show',
    ],
    [
      'a token that .NET reads first, beside it',
      'ElasticApm__ServerUrl=https://a\nElasticApm__SecretToken=x\n',
      { format: 'env', agent: 'dotnet' },
      'ElasticApm__SecretToken is read before ELASTIC_APM_SECRET_TOKEN',
    ],
    [
      'a token from a variable',
      "server_url: https://a\nsecret_token: <%= ENV['T'] %>\n",
      { agent: 'ruby' },
      'takes secret_token from a line of ERB',
    ],
    [
      'a token from code',
      'module.exports = { secretToken: process.env.T }',
      { agent: 'nodejs' },
      'takes secretToken from code',
    ],
    [
      'nothing that makes the agent take it',
      'ELASTIC_APM_SERVER_URL=https://a\n',
      { agent: 'python', ...NOTHING_RUNS },
      'the Python agent takes a new token by a restart only',
    ],
    [
      'a PHP that is not reloaded',
      'elastic_apm.server_url=https://a\n',
      { agent: 'php', ...NOTHING_RUNS },
      'the PHP agent takes a new token by a reload only',
    ],
    ['a file that is not there', undefined, java, 'does not exist, and Rotor changes the token in a file'],
    ['a file in UTF-16', Buffer.from('secret_token=x', 'utf16le'), java, 'is UTF-16, or no text at all'],
    ['a file that is too large', Buffer.alloc(1024 * 1024 + 1, '#'), java, 'is larger than 1 MiB'],
  ])('is refused with %s', async (_case, content, over, sentence) => {
    if (content !== undefined) await holds(content);
    const before = await world.files();
    const error = await errorOf(preflight(over));
    expect(error).toMatchObject({ code: 'target_refused' });
    expect(error.message).toContain(sentence);
    expect(error.message).toMatch(/^Target checkout\b.*\.$/);
    expect(await world.files()).toEqual(before);
  });
});
