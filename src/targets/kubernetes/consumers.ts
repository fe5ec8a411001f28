import { nameOf } from './errors.js';
import type { Place } from './api.js';
import type { PodTemplate } from './objects.js';

/** Where a container gets one environment variable from. */
export type Source =
  | { readonly from: 'literal'; readonly value: string }
  | { readonly from: 'secret'; readonly name: string; readonly key: string; readonly isOptional: boolean }
  /** `value` absent: it was not read. */
  | {
      readonly from: 'configMap';
      readonly name: string;
      readonly isOptional: boolean;
      readonly value?: string;
    }
  | { readonly from: 'elsewhere'; readonly isOptional: boolean };

export type Consumer = {
  readonly container: string;
  readonly variables: ReadonlyMap<string, Source>;
  /** All of whose keys become variables. */
  readonly secrets: readonly { readonly name: string; readonly prefix: string }[];
  /** Whole Secrets or ConfigMaps that were not read become variables: any may be set that is not named. */
  readonly isOpen: boolean;
};

/** By name, as far as they were read; `absent`: there is none. */
export type ConfigMaps = ReadonlyMap<string, Readonly<Record<string, string>> | 'absent'>;

const NONE_READ: ConfigMaps = new Map();

export type SecretKey = { readonly name: string; readonly key: string };

/** The variables by which agents take it as it is, the one first that is read first where there are both. */
const TOKENS = ['ElasticApm__SecretToken', 'ELASTIC_APM_SECRET_TOKEN'] as const;

/** The one of them that a container has. */
export function tokenVariableOf({ variables }: Consumer): string | undefined {
  return TOKENS.find((name) => variables.has(name));
}

/** The containers of a pod template, with what their environment will be as far as the template and these say. */
export function consumersOf(template: PodTemplate, configMaps = NONE_READ): Consumer[] {
  return (template.spec?.containers ?? []).map((container) => consumerOf(container, configMaps));
}

type Container = NonNullable<NonNullable<PodTemplate['spec']>['containers']>[number];
type Variable = NonNullable<Container['env']>[number];

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#environment-variables */
function consumerOf({ name, env, envFrom }: Container, configMaps: ConfigMaps): Consumer {
  const wholes = envFrom ?? [];
  const secrets = wholes.flatMap(({ secretRef, prefix }) =>
    secretRef ? [{ name: secretRef.name, prefix: prefix ?? '' }] : [],
  );
  const whole = wholes.flatMap(({ configMapRef, prefix }) => {
    const data = configMapRef ? configMaps.get(configMapRef.name) : undefined;
    return configMapRef && data && data !== 'absent' ? wholeOf(configMapRef.name, data, prefix ?? '') : [];
  });
  const named = (env ?? []).flatMap((variable) => {
    const source = sourceOf(variable, configMaps);
    return source ? [[variable.name, source] as const] : [];
  });
  const isUnread = wholes.some(({ configMapRef }) => {
    const data = configMapRef ? configMaps.get(configMapRef.name) : 'absent';
    // One that has to be there comes before the pod starts.
    return data === undefined || (data === 'absent' && configMapRef && configMapRef.optional !== true);
  });
  return {
    container: name,
    // Of two with one name the last one counts, as in a container; whichever is named counts before a whole.
    variables: new Map<string, Source>([
      // A Secret beside it may have the token as well, and be read after it.
      ...whole.filter(([variable]) => secrets.length === 0 || !isToken(variable)),
      ...named,
    ]),
    secrets,
    isOpen: secrets.length > 0 || isUnread,
  };
}

function wholeOf(name: string, data: Readonly<Record<string, string>>, prefix: string) {
  return Object.entries(data).map(
    ([key, value]) => [`${prefix}${key}`, { from: 'configMap', name, isOptional: false, value }] as const,
  );
}

/** undefined: it may be absent, and is. */
function sourceOf({ value, valueFrom }: Variable, configMaps: ConfigMaps): Source | undefined {
  if (!valueFrom) return { from: 'literal', value: value ?? '' };
  const { secretKeyRef: secret, configMapKeyRef: other } = valueFrom;
  if (secret)
    return { from: 'secret', name: secret.name, key: secret.key, isOptional: secret.optional === true };
  if (!other) return { from: 'elsewhere', isOptional: false };
  const isOptional = other.optional === true;
  const data = configMaps.get(other.name);
  const found = data === 'absent' ? undefined : data?.[other.key];
  if (data !== undefined && found === undefined && isOptional) return undefined;
  return { from: 'configMap', name: other.name, isOptional, ...(found !== undefined && { value: found }) };
}

function isToken(variable: string): boolean {
  return TOKENS.some((token) => token === variable);
}

/** The keys of Secrets from which containers take the token when they start. */
export function tokenKeysOf(template: PodTemplate): SecretKey[] {
  const found = consumersOf(template).flatMap((consumer) => {
    const variable = tokenVariableOf(consumer);
    if (variable === undefined) return wholeSecrets(consumer);
    const source = consumer.variables.get(variable);
    return source?.from === 'secret' ? [{ name: source.name, key: source.key }] : [];
  });
  return [...new Map(found.map((one) => [`${one.name}/${one.key}`, one])).values()];
}

function wholeSecrets({ secrets }: Consumer): SecretKey[] {
  return secrets.flatMap(({ name, prefix }) =>
    TOKENS.filter((variable) => variable.startsWith(prefix)).map((variable) => ({
      name,
      key: variable.slice(prefix.length),
    })),
  );
}

/**
 * Where a container has the token from somewhere else than where it is delivered: sentences. `reached` tells whether any
 * container takes it from there, or may do so.
 */
export function astrayIn(
  place: Place,
  template: PodTemplate,
  secret: SecretKey | undefined,
  configMaps = NONE_READ,
): { readonly sentences: readonly string[]; readonly reached: boolean } {
  const named = consumersOf(template, configMaps).filter(
    (consumer) => tokenVariableOf(consumer) !== undefined,
  );
  const sentences = named.flatMap((consumer) => astray(place, consumer, secret));
  return { sentences, reached: named.length === 0 || sentences.length < named.length };
}

function astray(place: Place, consumer: Consumer, secret: SecretKey | undefined): string[] {
  const variable = tokenVariableOf(consumer) ?? '';
  const source = consumer.variables.get(variable);
  const who = `Container ${consumer.container} of ${nameOf(place)}`;
  if (source?.from === 'literal') {
    return [`${who} has ${variable} as a value in its pod template, and no delivery changes that`];
  }
  if (source?.from === 'configMap') {
    return [`${who} has ${variable} from ConfigMap ${source.name}, and no delivery changes that`];
  }
  if (!secret || source?.from !== 'secret') return [];
  if (source.name === secret.name && source.key === secret.key) return [];
  return [
    `${who} reads ${variable} from key ${source.key} of Secret ${source.name}, and the token is delivered to key ${secret.key} of Secret ${secret.name}`,
  ];
}
