import type { CheckedAgent } from '../agent-checks.js';
import { agentOf, type AgentKind } from '../agents.js';
import { bearerForm } from './forms/bearer.js';
import { envForm } from './forms/env.js';
import type { Form } from './forms/form.js';
import { iniForm } from './forms/ini.js';
import { jsonForm } from './forms/json.js';
import { nodejsForm } from './forms/nodejs.js';
import { OTLP_HEADERS_VALUE } from './forms/otlp-value.js';
import { propertiesForm } from './forms/properties.js';
import { xmlForm } from './forms/xml.js';
import { yamlForm } from './forms/yaml.js';

/** What a file can be. `plain` and `otel-bearer` hold the token and nothing else. */
export const FORMATS = [
  'plain',
  'properties',
  'nodejs',
  'env',
  'yaml',
  'ini',
  'json',
  'xml',
  'gradle-properties',
  'otel-bearer',
] as const;

export type Format = (typeof FORMATS)[number];

/** Those that can be met in a file; of a RUM agent see `agentField`. */
export const FILE_AGENTS = [
  'android',
  'dotnet',
  'go',
  'ios',
  'java',
  'nodejs',
  'php',
  'python',
  'ruby',
  'otlp',
  'otel-collector',
  'k8s-attacher',
] as const satisfies readonly AgentKind[];

export type FileAgent = (typeof FILE_AGENTS)[number];

/** As it stands in the config. */
export type Described = {
  readonly path: string;
  readonly format?: Format | undefined;
  readonly agent?: FileAgent | undefined;
  readonly key?: string | undefined;
};

const OF_AGENT: Readonly<Record<FileAgent, Format | undefined>> = {
  android: undefined,
  dotnet: 'json',
  go: 'env',
  ios: undefined,
  java: 'properties',
  nodejs: 'nodejs',
  php: 'ini',
  python: 'env',
  ruby: 'yaml',
  otlp: 'env',
  'otel-collector': 'otel-bearer',
  'k8s-attacher': 'yaml',
};

/** The format that was asked for, else that of the agent's own file; undefined: nothing is written for this agent. */
export function formatOf({ path, format, agent }: Described): Format | undefined {
  if (format !== undefined || agent === undefined) return format ?? 'plain';
  return agent === 'dotnet' && /\.config$/i.test(path) ? 'xml' : OF_AGENT[agent];
}

/** Formats that belong to one agent where the key is that agent's. */
const ITS_AGENT: Readonly<Partial<Record<Format, AgentKind>>> = {
  properties: 'java',
  nodejs: 'nodejs',
  ini: 'php',
  json: 'dotnet',
  xml: 'dotnet',
  'gradle-properties': 'android',
  'otel-bearer': 'otel-collector',
};

const OTLP_KEY = /^OTEL_EXPORTER_OTLP_(?:[A-Z]+_)?HEADERS$/;
const TOKEN_VARIABLE = 'ELASTIC_APM_SECRET_TOKEN';

/** Who reads the file; undefined: nobody that Rotor knows, so that nothing about it can be checked. */
export function readerOf(described: Described): CheckedAgent | undefined {
  const { agent, key } = described;
  const format = formatOf(described);
  if (agent !== undefined) return agent;
  if (format === 'env') {
    if (key !== undefined && OTLP_KEY.test(key)) return 'otlp';
    return key === undefined || key === TOKEN_VARIABLE ? 'any' : undefined;
  }
  const its = format === undefined ? undefined : ITS_AGENT[format];
  const isItsKey = key === undefined || its === 'android' || key === agentKey(its);
  return isItsKey ? its : undefined;
}

/** Nothing but the token is written, or nothing at all: there is no key. */
export function isKeyless(described: Described): boolean {
  const format = formatOf(described);
  return format === undefined || format === 'plain' || format === 'otel-bearer';
}

/** Where in the document the token stands; undefined: nowhere by itself, or there is no key. */
export function keyOf(described: Described): string | undefined {
  const format = formatOf(described);
  if (format === undefined || isKeyless(described)) return undefined;
  if (described.key !== undefined || format === 'gradle-properties') return described.key;
  if (format === 'env') {
    return described.agent === 'otlp' || described.agent === 'ios'
      ? 'OTEL_EXPORTER_OTLP_HEADERS'
      : TOKEN_VARIABLE;
  }
  const own = described.agent ?? ITS_AGENT[format];
  return own !== undefined && isOwnFormat(own, format) ? agentKey(own) : undefined;
}

/** A file of the agent's own, rather than one that becomes its environment. */
export function isOwnFormat(agent: CheckedAgent, format: Format): boolean {
  if (agent === 'any') return false;
  if (agent === 'dotnet') return format === 'json' || format === 'xml';
  return agent in OF_AGENT && OF_AGENT[agent as FileAgent] === format && format !== 'env';
}

/** Reader and writer of the document; undefined where the file is the token and nothing else. */
export function formOf(described: Described): Form | undefined {
  const format = formatOf(described);
  const key = keyOf(described) ?? '';
  switch (format) {
    case undefined:
    case 'plain':
      return undefined;
    case 'properties':
    case 'gradle-properties':
      return propertiesForm(key);
    case 'nodejs':
      return nodejsForm(key);
    case 'env':
      return OTLP_KEY.test(key) ? envForm(key, OTLP_HEADERS_VALUE) : envForm(key);
    case 'yaml':
      return yamlForm(key, { erb: described.agent === 'ruby' });
    case 'ini':
      return iniForm(key);
    case 'json':
      return jsonForm(key);
    case 'xml':
      return xmlForm(key);
    case 'otel-bearer':
      return bearerForm;
  }
}

function agentKey(agent: AgentKind | undefined): string | undefined {
  return agent === undefined ? undefined : agentOf(agent).token.find(({ file }) => file !== undefined)?.file;
}
