import {
  checkAgentSettings,
  joinedChecks,
  needsRelease,
  type AgentCheck,
  type AgentSettings,
  type Unseen,
} from '../agent-checks.js';
import { agentOf } from '../agents.js';
import type { Known } from '../target.js';
import type { FileTargetConfig } from './config.js';
import { formatOf, isOwnFormat, keyOf, readerOf } from './formats.js';

/** The agent that reads the file, as far as the config says which. */
export class Reader {
  readonly #config: FileTargetConfig;
  readonly #where: string;

  constructor(config: FileTargetConfig, where: string) {
    this.#config = config;
    this.#where = where;
  }

  /** What has to be done instead of a delivery; undefined for agents that a delivery reaches. */
  get release(): string | undefined {
    const agent = readerOf(this.#config);
    return agent === undefined ? undefined : needsRelease(agent);
  }

  /** `settings`: what the file says besides the token; undefined where it is nothing but the token. */
  check(settings: AgentSettings | undefined, known?: Known): AgentCheck {
    const { key, serverUrl } = this.#config;
    const agent = readerOf(this.#config);
    const central = key !== undefined && CENTRAL_CONFIGURATION.test(key);
    const format = formatOf(this.#config);
    if (agent === undefined && !central) return { refusals: [], findings: [] };
    const place = {
      serverUrl,
      apmUrls: known?.apmUrls,
      inFile: agent !== undefined && format !== undefined && isOwnFormat(agent, format),
      ...(central && { way: 'central-configuration' as const }),
      ...(format === 'env' && { tokenAt: keyOf(this.#config) ?? '' }),
    };
    const checks = this.#processesOf(settings).map(([process, each]) =>
      checkAgentSettings(agent ?? 'any', each, { ...place, where: `${this.#where}${process}` }),
    );
    return joinedChecks([...checks, this.#start(), this.#name()]);
  }

  /** Whether anything makes the agent take the token. */
  #start(): AgentCheck {
    const agent = readerOf(this.#config);
    const format = formatOf(this.#config);
    if (agent === undefined || format === undefined || this.#config.reload) return NOTHING;
    if (agent === 'any') {
      return found(
        `${this.#where}: it has no reload command, and agents read their environment at their start only.`,
      );
    }
    const { title, takes } = agentOf(agent);
    const way = isOwnFormat(agent, format) ? takes.file : takes.environment;
    // IIS starts an application anew by itself when its Web.config changes.
    if (way === 'release' || format === 'xml' || agent === 'otel-collector') return NOTHING;
    if (way === 'itself') {
      return found(
        `${this.#where}: it has no reload command: the ${title} agent takes the token by itself within 40 s from 1.35.0 on, and older ones at their next start only.`,
      );
    }
    const sentence = `${this.#where}: it has no reload command, and the ${title} agent takes a new token by a ${way} only`;
    if (this.#config.check)
      return found(`${sentence}: somebody else has to see to that before the time is over.`);
    return {
      refusals: [`${sentence}: give a reload command, or a check command if somebody else sees to that.`],
      findings: [],
    };
  }

  /** An agent that finds its file by another way than by its name. */
  #name(): AgentCheck {
    const { path } = this.#config;
    if (formatOf(this.#config) !== 'nodejs' || /(^|\/)elastic-apm-node\.js$/.test(path)) return NOTHING;
    return found(
      `${this.#where}: ${path} has to be named by ELASTIC_APM_CONFIG_FILE; where code names it (configFile), the Node.js agent prints the token.`,
    );
  }

  /** What each of the processes that the file is for has as its settings. */
  #processesOf(
    settings: AgentSettings | undefined,
  ): readonly (readonly [string, AgentSettings | undefined])[] {
    if (settings === undefined) return [['', settings]];
    const relative = this.#relative(settings);
    return readerOf(this.#config) === 'k8s-attacher' ? injectedBy(relative) : [['', relative]];
  }

  /** Settings by the names that the agent knows, where its section stands deeper in the document than usual. */
  #relative(settings: AgentSettings): AgentSettings {
    const { key } = this.#config;
    const usual = keyOf({ ...this.#config, key: undefined });
    if (key === undefined || usual === undefined || !key.endsWith(usual)) return settings;
    const prefix = key.slice(0, -usual.length);
    return new Map(
      [...settings].map(([name, value]) => [
        name.startsWith(prefix) ? name.slice(prefix.length) : name,
        value,
      ]),
    );
  }
}

/** As the policy of Fleet and apm-server.yml call it. */
const CENTRAL_CONFIGURATION = /(^|[.:])agent[._]configs?([.:]|$)/;

const INJECTED = /^(webhookConfig\.agents\.[^.]+)\.environment\.(\w+)$/;

/** The chart of the attacher says for each agent with which environment it goes into pods. */
function injectedBy(settings: AgentSettings): readonly (readonly [string, AgentSettings])[] {
  const agents = new Map<string, Map<string, string | Unseen>>();
  const own = new Map([...settings].filter(([name]) => name.startsWith('apm.')));
  for (const [name, value] of settings) {
    const [, agent, variable] = INJECTED.exec(name) ?? [];
    if (agent === undefined || variable === undefined) continue;
    const environment = agents.get(agent) ?? new Map(own);
    agents.set(agent, environment.set(variable, value));
  }
  return agents.size === 0 ? [['', own]] : [...agents].map(([agent, each]) => [`, ${agent}`, each]);
}

const NOTHING: AgentCheck = { refusals: [], findings: [] };

function found(sentence: string): AgentCheck {
  return { refusals: [], findings: [sentence] };
}
