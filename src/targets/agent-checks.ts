import { foundOf, type AgentSettings } from './agent-settings.js';
import { checkEachUrl, checkUrls, type AgentCheck, type Place } from './agent-urls.js';
import { AGENTS, agentOf, type AgentKind } from './agents.js';
import type { Agent } from './agent.js';
import { checkOtlp } from './otlp-checks.js';

export type { AgentSettings, Unseen } from './agent-settings.js';
export type { AgentCheck } from './agent-urls.js';

/** `any`: an agent of Elastic APM, and nobody has said which. */
export type CheckedAgent = AgentKind | 'any';

export type CheckOptions = Place & {
  /** By what way the token would come. Default: the environment or a file of the process. */
  readonly way?: 'process' | 'central-configuration';
};

/**
 * Whether a token that is put beside these settings would be used, and would go over TLS. `settings` is what one
 * process has (the environment of a container, or of a function) or what one file holds; a value that the caller cannot
 * read is `{ unseen: 'set' }`, one of an optional reference `{ unseen: 'optional' }`. undefined: nothing is known of its
 * settings, and only what the agent is decides. Says nothing of values but the scheme and host of a URL. Pure.
 */
export function checkAgentSettings(
  agent: CheckedAgent,
  settings: AgentSettings | undefined,
  options: CheckOptions,
): AgentCheck {
  const { where } = options;
  if (options.way === 'central-configuration') return refused(CENTRAL(where));
  if (agent === 'rum') return refused(RUM(where));
  if (agent !== 'any' && agentOf(agent).kind === 'mobile') {
    return { refusals: [], findings: [`${where}: ${needsRelease(agent)}`] };
  }
  if (settings === undefined) return joinedChecks([]);
  if (agent === 'any') return checkAny(settings, options);
  if (agent === 'otlp') return checkOtlp(settings, options);
  return joinedChecks([
    checkUrls(agentOf(agent), settings, options),
    checkTokens(agentOf(agent), settings, options),
    checkApiKeys(agentOf(agent), settings, where),
    checkCertificates(settings, where),
  ]);
}

/**
 * What to do for an agent that no delivery reaches, a sentence; undefined for all others. Such a target is
 * `needs_release` when it is looked at, and nothing is written for it unless the config asks for it.
 */
export function needsRelease(agent: CheckedAgent): string | undefined {
  if (agent === 'any' || agentOf(agent).kind !== 'mobile') return undefined;
  return (
    `${agentOf(agent).title} takes a new token with a release of the app only, and versions that are installed lose ` +
    'their data until then. A token in an app is no secret: give the app an API key of its own that may only write ' +
    'events, anonymous access with a rate limit, or an OTLP proxy of yours that holds the token.'
  );
}

/** The PHP agent builds the header in 256 bytes, and prints a token that does not fit (elastic/apm-agent-php: agent/native/ext/backend_comm.cpp). */
const PHP_LONGEST = 233;

/** What speaks against this very token for this agent, sentences that do not show it. */
export function checkToken(agent: CheckedAgent, token: string, where: string): readonly string[] {
  const refusals: string[] = [];
  if (!/^[\x21-\x7e]+$/.test(token)) {
    refusals.push(
      `${where}: the token has characters that no header can carry; take one of letters, digits, - and _.`,
    );
  }
  if (agent === 'php' && token.length > PHP_LONGEST) {
    refusals.push(
      `${where}: the token has ${token.length} characters, and the PHP agent takes ${PHP_LONGEST} at most and prints what is longer into its log: take a shorter one.`,
    );
  }
  if (agent === 'ruby' && token.includes('<%')) {
    refusals.push(
      `${where}: the token has <% in it, which the Ruby agent's file takes for a program: take one of letters, digits, - and _.`,
    );
  }
  return refusals;
}

const CENTRAL = (where: string): string =>
  `${where}: it would bring the token by central configuration, which the agents write into their logs in clear: deliver to the environment or to the file of the agents.`;

const RUM = (where: string): string =>
  `${where}: a RUM agent shows whatever it is given to everybody with a browser, and has no option for a token: take the target out, and let the APM Server allow anonymous agents with a rate limit.`;

/** What all agents that read ELASTIC_APM_* have in common; each of their URLs has to do, as it is not known which counts. */
const CLASSIC: Agent = {
  ...AGENTS.java,
  token: AGENTS.dotnet.token,
  url: [
    { env: 'ELASTIC_APM_SERVER_URLS', list: 'all' },
    { env: 'ELASTIC_APM_SERVER_URL' },
    { env: 'ElasticApm__ServerUrl' },
    { env: 'ElasticApm__ServerUrls', list: 'all' },
  ],
  urlDefault: 'http://localhost:8200',
  apiKey: [{ env: 'ELASTIC_APM_API_KEY' }, { env: 'ElasticApm__ApiKey' }],
};

function checkAny(settings: AgentSettings, options: CheckOptions): AgentCheck {
  if (settings.has('ELASTIC_APM_LAMBDA_APM_SERVER')) {
    return checkAgentSettings('lambda-extension', settings, options);
  }
  const names = [...settings.keys()];
  const otlp = names.some((name) => name.startsWith('OTEL_EXPORTER_OTLP_') && name.endsWith('HEADERS'));
  const classic = !otlp || names.some((name) => /^(ELASTIC_APM_|ElasticApm__)/.test(name));
  return joinedChecks([
    ...(otlp ? [checkOtlp(settings, options)] : []),
    ...(classic
      ? [
          checkEachUrl(CLASSIC, settings, options),
          checkTokens(CLASSIC, settings, options),
          checkApiKeys(CLASSIC, settings, options.where),
        ]
      : []),
    checkCertificates(settings, options.where),
  ]);
}

/** A token by another name, which the agent reads first, and which this delivery does not write. */
function checkTokens(agent: Agent, settings: AgentSettings, { where, tokenAt }: CheckOptions): AgentCheck {
  const at = agent.token.findIndex(({ env, file }) => tokenAt !== undefined && [env, file].includes(tokenAt));
  const before = foundOf(agent, agent.token.slice(0, Math.max(at, 0)), settings);
  return {
    refusals: before.map(
      ({ name }) =>
        `${where}: ${name} is read before ${tokenAt}, where the token would go, so that the rotation would do nothing: remove it, or deliver there.`,
    ),
    findings: [],
  };
}

function checkApiKeys(agent: Agent, settings: AgentSettings, where: string): AgentCheck {
  const found = foundOf(agent, agent.apiKey, settings);
  const sure = found.filter(({ value }) => typeof value === 'string' || value.unseen === 'set');
  return {
    refusals: sure.map(
      ({ name }) =>
        `${where}: ${name} stands beside the token and wins over it, so that the rotation would do nothing: remove it, or take the target out.`,
    ),
    findings: found
      .filter((each) => !sure.includes(each))
      .map(
        ({ name }) =>
          `${where}: ${name} may come from elsewhere; where it does, it wins over the token and the rotation does nothing.`,
      ),
  };
}

/** Encrypted, yet to whoever answers. */
function checkCertificates(settings: AgentSettings, where: string): AgentCheck {
  const names = [
    'ELASTIC_APM_VERIFY_SERVER_CERT',
    'verify_server_cert',
    'elastic_apm.verify_server_cert',
    'verifyServerCert',
  ];
  const off = names.filter((name) => settings.get(name) === 'false');
  return {
    refusals: [],
    findings: off.map(
      (name) =>
        `${where}: ${name} is false, so that the agent gives the token to whoever answers at its URL.`,
    ),
  };
}

function refused(sentence: string): AgentCheck {
  return { refusals: [sentence], findings: [] };
}

/** One after the other. */
export function joinedChecks(checks: readonly AgentCheck[]): AgentCheck {
  return {
    refusals: checks.flatMap(({ refusals }) => refusals),
    findings: checks.flatMap(({ findings }) => findings),
  };
}
