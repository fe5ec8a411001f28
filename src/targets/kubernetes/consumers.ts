import { nameOf } from './errors.js';
import type { Place } from './api.js';
import type { PodTemplate } from './objects.js';

/** Where a container gets one environment variable from. */
export type Source =
  | { readonly from: 'literal'; readonly value: string }
  | { readonly from: 'secret'; readonly name: string; readonly key: string; readonly isOptional: boolean }
  | { readonly from: 'elsewhere'; readonly isOptional: boolean };

export type Consumer = {
  readonly container: string;
  readonly variables: ReadonlyMap<string, Source>;
  /** All of whose keys become variables. */
  readonly secrets: readonly { readonly name: string; readonly prefix: string }[];
  /** Whole Secrets or ConfigMaps become variables: any may be set that is not named. */
  readonly isOpen: boolean;
};

export type SecretKey = { readonly name: string; readonly key: string };

/** The variables by which agents take it as it is, the one first that is read first where there are both. */
const TOKENS = ['ElasticApm__SecretToken', 'ELASTIC_APM_SECRET_TOKEN'] as const;

/** The one of them that a container has. */
export function tokenVariableOf({ variables }: Consumer): string | undefined {
  return TOKENS.find((name) => variables.has(name));
}

/** The containers of a pod template, with what their environment will be as far as the template says. */
export function consumersOf(template: PodTemplate): Consumer[] {
  return (template.spec?.containers ?? []).map(({ name, env, envFrom }) => ({
    container: name,
    // Of two with one name the last one counts, as in a container.
    variables: new Map((env ?? []).map((variable) => [variable.name, sourceOf(variable)])),
    secrets: (envFrom ?? []).flatMap(({ secretRef, prefix }) =>
      secretRef ? [{ name: secretRef.name, prefix: prefix ?? '' }] : [],
    ),
    isOpen: (envFrom ?? []).length > 0,
  }));
}

type Variable = NonNullable<
  NonNullable<NonNullable<NonNullable<PodTemplate['spec']>['containers']>[number]['env']>[number]
>;

function sourceOf({ value, valueFrom }: Variable): Source {
  if (!valueFrom) return { from: 'literal', value: value ?? '' };
  const { secretKeyRef: secret, configMapKeyRef: other } = valueFrom;
  if (secret)
    return { from: 'secret', name: secret.name, key: secret.key, isOptional: secret.optional === true };
  return { from: 'elsewhere', isOptional: other?.optional === true };
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
): { readonly sentences: readonly string[]; readonly reached: boolean } {
  const named = consumersOf(template).filter((consumer) => tokenVariableOf(consumer) !== undefined);
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
  if (!secret || source?.from !== 'secret') return [];
  if (source.name === secret.name && source.key === secret.key) return [];
  return [
    `${who} reads ${variable} from key ${source.key} of Secret ${source.name}, and the token is delivered to key ${secret.key} of Secret ${secret.name}`,
  ];
}
