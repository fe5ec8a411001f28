import { nameOf, type AgentSettings, type Found, foundOf } from './agent-settings.js';
import type { Agent } from './agent.js';

/** What speaks against a delivery, and what should be known before it: sentences. */
export type AgentCheck = {
  readonly refusals: readonly string[];
  readonly findings: readonly string[];
};

export type Place = {
  /** Begins each sentence, e.g. `Target checkout, container app`. */
  readonly where: string;
  /** What an operator has said elsewhere: an https URL, which then needs no proof in the settings. */
  readonly serverUrl?: string | undefined;
  /** The settings are those of a file of the agent's own, so that they are called by its keys. */
  readonly inFile?: boolean;
  /** The variable that the token is written to, where it is not the agent's first choice. */
  readonly tokenAt?: string;
  /** Of the APM Server whose token it is. Absent or empty: not known. */
  readonly apmUrls?: readonly string[] | undefined;
};

/**
 * Whether the agent sends its token over TLS. Of several options the first that is set counts; the others would count
 * without it, and are findings.
 */
export function checkUrls(agent: Agent, settings: AgentSettings, place: Place): AgentCheck {
  if (agent.url.length === 0) return { refusals: [], findings: [] };
  const found = foundOf(agent, agent.url, settings);
  const first = found.findIndex(({ value }) => typeof value === 'string' || value.unseen === 'set');
  const inForce = first < 0 ? found : found.slice(0, first + 1);
  const refusals = inForce.flatMap((each) => refusalOf(each, place));
  if (first < 0 && place.serverUrl === undefined) refusals.push(...missing(agent, found, place));
  return {
    refusals,
    findings: [
      ...inForce.flatMap((each) => unseenFinding(each, place)),
      ...inForce.flatMap((each) => elsewhereFindings(each, place)),
      ...(first < 0 ? elsewhere('serverUrl of the target', place.serverUrl, place) : []),
      ...found.slice(inForce.length).flatMap((each) => spareFinding(each, place)),
    ],
  };
}

/** Each of the settings, where it is not known which of them the agent reads first. */
export function checkEachUrl(agent: Agent, settings: AgentSettings, place: Place): AgentCheck {
  const found = foundOf(agent, agent.url, settings);
  const refusals = found.flatMap((each) => refusalOf(each, place));
  if (found.length === 0 && place.serverUrl === undefined) refusals.push(...missing(agent, found, place));
  return {
    refusals,
    findings: [
      ...found.flatMap((each) => unseenFinding(each, place)),
      ...found.flatMap((each) => elsewhereFindings(each, place)),
      ...(found.length === 0 ? elsewhere('serverUrl of the target', place.serverUrl, place) : []),
    ],
  };
}

function refusalOf(found: Found, { where }: Place): string[] {
  if (typeof found.value !== 'string') return [];
  return itemsOf(found).flatMap((item) => {
    const why = problemOf(item);
    return why === undefined ? [] : [`${where}: ${found.name} ${why}`];
  });
}

function itemsOf({ value, option }: Found): readonly string[] {
  if (typeof value !== 'string') return [];
  if (option.list === undefined) return [value.trim()];
  const items = value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return option.list === 'first' ? items.slice(0, 1) : items;
}

/** The default of the Kubernetes attacher has a name where others have an address. */
const ATTACHER_DEFAULT = /^http:\/\/\$\(HOST_IP\)(:\d+)?\/?$/;

/** undefined: an https URL. Says no more of the URL than where it leads: the rest may hold a password. */
export function problemOf(url: string): string | undefined {
  if (ATTACHER_DEFAULT.test(url)) {
    return `is ${url}, the default of the Kubernetes attacher, where the token goes to the node in clear: give the agents an https URL in webhookConfig.agents.*.environment.`;
  }
  const parsed = URL.parse(url);
  if (parsed?.protocol === 'https:' && parsed.host !== '') return undefined;
  if (parsed?.protocol === 'http:') {
    return `leads to http://${parsed.host}, and without TLS the token can be read on its way: give it an https URL.`;
  }
  return 'is no https URL: give it one that begins with https:// and names a host.';
}

function missing(agent: Agent, found: readonly Found[], { where, inFile = false }: Place): string[] {
  if (agent.urlDefault === undefined && found.length === 0) {
    const name = nameOf(agent.url[0] ?? {}, inFile);
    return [
      `${where}: ${name} is not set, so that nobody knows where the token goes: set it to an https URL.`,
    ];
  }
  const names = agent.url.map((option) => nameOf(option, inFile));
  const which = names.length === 1 ? `${names[0]} is not` : `none of ${names.join(', ')} is`;
  const known = found.length === 0 ? 'set' : 'known to be set';
  return [
    `${where}: ${which} ${known}, and the default, ${agent.urlDefault}, would show the token to whoever listens: ` +
      `set ${names[0]} to an https URL, or say in the target's serverUrl what it is elsewhere.`,
  ];
}

function unseenFinding({ name, value }: Found, { where }: Place): string[] {
  if (typeof value === 'string') return [];
  return [`${where}: ${name} comes from elsewhere and was not seen; see that it is an https URL.`];
}

function spareFinding(found: Found, place: Place): string[] {
  const [refusal] = refusalOf(found, place);
  if (refusal === undefined) return [];
  return [
    `${place.where}: ${found.name} is no https URL, and would count if the one before it were removed.`,
  ];
}

function elsewhereFindings(found: Found, place: Place): string[] {
  return itemsOf(found).flatMap((url) => elsewhere(found.name, url, place));
}

/**
 * A URL that leads to another host than that of the APM Server whose token it is: mixed up, or a proxy. Ports are left
 * out of account, since Elastic Cloud listens on several.
 */
export function elsewhere(name: string, url: string | undefined, { where, apmUrls = [] }: Place): string[] {
  const host = hostOf(url ?? '');
  const known = [...new Set(apmUrls.map(hostOf))].filter((each) => each !== undefined);
  if (host === undefined || known.length === 0 || known.includes(host)) return [];
  return [
    `${where}: ${name} leads to ${host}, and the token is for the APM Server at ${known.join(', ')}: correct one of the two, unless ${host} is a proxy or a private link to it; any other APM Server refuses the token.`,
  ];
}

function hostOf(url: string): string | undefined {
  const parsed = URL.parse(url);
  return parsed?.protocol === 'https:' && parsed.hostname !== '' ? parsed.hostname : undefined;
}
