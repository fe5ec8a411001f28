import type { Agent, AgentOption } from '../../src/targets/agent.js';
import { agentOf, AGENTS, type AgentKind } from '../../src/targets/agents.js';

export const PAGE = new URL('../../docs/agents.md', import.meta.url);

const HEAD = `<!-- Made from src/targets/agents.ts by \`npm run agents-page\`. -->

# Agents, and how a token reaches them

What each agent of Elastic APM reads, in the order in which it reads it, and what a new token takes to be used. Rotor refuses a delivery that would do nothing (an API key wins over the token) or that would show the token (a URL without TLS; where no URL is set, the default of most agents is plain http). [targets/file.md](targets/file.md) says how the files are written.

Never bring a token by central configuration: agents write what they receive into their logs.
`;

const KINDS: Readonly<Record<Agent['kind'], string>> = {
  server: 'An agent in a service.',
  mobile: 'An agent in an app: a delivery of Rotor does not reach it, and such a target is never green.',
  browser: 'An agent in a browser: refused.',
  otlp: 'An SDK that speaks OTLP.',
  forwarder: 'Not an agent: it brings tokens to agents, or sends what they say.',
};

const TAKES: Readonly<Record<Agent['takes']['file'], string>> = {
  itself: 'nothing, it is read again',
  reload: 'a reload',
  restart: 'a restart',
  release: 'a release',
};

/** docs/agents.md as it ought to be. */
export function agentsPage(): string {
  return [HEAD, ...(Object.keys(AGENTS) as AgentKind[]).map(section)].join('\n');
}

function section(kind: AgentKind): string {
  const agent = agentOf(kind);
  const rows = [
    ['`agent`', agent.kind === 'browser' ? `none: the config refuses \`${kind}\`` : `\`${kind}\``],
    ['token', names(agent.token)],
    ['URL', urls(agent)],
    ['wins over the token', names(agent.apiKey)],
    ['after its file has changed', TAKES[agent.takes.file]],
    ['after its environment has changed', TAKES[agent.takes.environment]],
    ['on a 401', agent.on401],
    ['read in', agent.source.map((path) => `\`${path}\``).join(', ')],
  ];
  const list = rows.map(([what, says]) => `- ${what}: ${says}`).join('\n');
  return `## ${agent.title}\n\n${KINDS[agent.kind]} ${agent.takes.how}\n\n${list}\n`;
}

function urls(agent: Agent): string {
  const listed = names(agent.url);
  return agent.urlDefault === undefined ? listed : `${listed}; default: \`${agent.urlDefault}\``;
}

function names(options: readonly AgentOption[]): string {
  if (options.length === 0) return 'none';
  return options
    .map(({ env, file, list }) => {
      const both = [env, file].filter((name) => name !== undefined).map((name) => `\`${name}\``);
      const items = { all: ' (a list, every item)', first: ' (a list, its first item)' };
      return both.join(' or ') + (list === undefined ? '' : items[list]);
    })
    .join(', then ');
}
