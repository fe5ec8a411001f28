import {
  checkAgentSettings,
  joinedChecks,
  type AgentCheck,
  type AgentSettings,
  type Unseen,
} from '../agent-checks.js';
import type { Known } from '../target.js';
import type { Place } from './api.js';
import type { KubernetesTargetConfig } from './config.js';
import { consumersOf, tokenVariableOf, type ConfigMaps, type Consumer, type Source } from './consumers.js';
import { nameOf } from './errors.js';
import type { PodTemplate } from './objects.js';

/** Variables that only an agent reads, or an OpenTelemetry SDK. */
export const OF_AGENTS = /^(ELASTIC_APM_|ElasticApm__|OTEL_EXPORTER_OTLP_)/;

/** Where an agent may send to; a container that takes whole Secrets may have any of them from there. */
const URLS = ['ELASTIC_APM_SERVER_URL', 'ELASTIC_APM_SERVER_URLS', 'OTEL_EXPORTER_OTLP_ENDPOINT'];

/** Whether the agents of a pod template would use the token at all, and send it over TLS. */
export function checkAgents(
  place: Place,
  template: PodTemplate,
  { agent = 'any', serverUrl, apmUrls }: Pick<KubernetesTargetConfig, 'agent' | 'serverUrl'> & Partial<Known>,
  configMaps: ConfigMaps,
): AgentCheck {
  const agents = consumersOf(template, configMaps).filter(hasAgent);
  return joinedChecks(
    agents.map((consumer) => {
      const tokenAt = tokenVariableOf(consumer);
      return checkAgentSettings(agent, settingsOf(consumer), {
        where: `Container ${consumer.container} of ${nameOf(place)}`,
        serverUrl,
        apmUrls,
        ...(tokenAt !== undefined && { tokenAt }),
      });
    }),
  );
}

function hasAgent({ variables }: Consumer): boolean {
  return [...variables.keys()].some((name) => OF_AGENTS.test(name));
}

function settingsOf({ variables, isOpen }: Consumer): AgentSettings {
  const unnamed = isOpen ? URLS.filter((name) => !variables.has(name)) : [];
  return new Map<string, string | Unseen>([
    ...[...variables].map(([name, source]) => [name, valueOf(source)] as const),
    ...unnamed.map((name) => [name, { unseen: 'optional' }] as const),
  ]);
}

function valueOf(source: Source): string | Unseen {
  if (source.from === 'literal') return source.value;
  if (source.from === 'configMap' && source.value !== undefined) return source.value;
  return { unseen: source.isOptional ? 'optional' : 'set' };
}
