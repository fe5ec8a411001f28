import { nameOf } from './errors.js';
import type { Place } from './api.js';
import type { PodTemplate } from './objects.js';

/** Where a container gets one environment variable from. */
export type Source =
  | { readonly from: 'literal'; readonly value: string }
  | { readonly from: 'secret'; readonly name: string; readonly key: string }
  | { readonly from: 'elsewhere' };

export type Consumer = {
  readonly container: string;
  readonly image: string | undefined;
  readonly variables: ReadonlyMap<string, Source>;
  /** All of whose keys become variables. */
  readonly secrets: readonly { readonly name: string; readonly prefix: string }[];
};

export type SecretKey = { readonly name: string; readonly key: string };

/** The variable by which every classic agent takes it (elastic/apm, specs/agents/configuration.md). */
const TOKEN = 'ELASTIC_APM_SECRET_TOKEN';

/** The containers of a pod template, with what their environment will be as far as the template says. */
export function consumersOf(template: PodTemplate): Consumer[] {
  return (template.spec?.containers ?? []).map(({ name, image, env, envFrom }) => ({
    container: name,
    image,
    // Of two with one name the last one counts, as in a container.
    variables: new Map((env ?? []).map((variable) => [variable.name, sourceOf(variable)])),
    secrets: (envFrom ?? []).flatMap(({ secretRef, prefix }) =>
      secretRef ? [{ name: secretRef.name, prefix: prefix ?? '' }] : [],
    ),
  }));
}

type Variable = NonNullable<
  NonNullable<NonNullable<NonNullable<PodTemplate['spec']>['containers']>[number]['env']>[number]
>;

function sourceOf({ value, valueFrom }: Variable): Source {
  const reference = valueFrom?.secretKeyRef;
  if (reference) return { from: 'secret', name: reference.name, key: reference.key };
  return valueFrom ? { from: 'elsewhere' } : { from: 'literal', value: value ?? '' };
}

/** The keys of Secrets from which containers take the token when they start. */
export function tokenKeysOf(template: PodTemplate): SecretKey[] {
  const found = consumersOf(template).flatMap(({ variables, secrets }) => {
    const source = variables.get(TOKEN);
    if (source?.from === 'secret') return [{ name: source.name, key: source.key }];
    if (source !== undefined) return [];
    return secrets
      .filter(({ prefix }) => TOKEN.startsWith(prefix))
      .map(({ name, prefix }) => ({ name, key: TOKEN.slice(prefix.length) }));
  });
  return [...new Map(found.map((one) => [`${one.name}/${one.key}`, one])).values()];
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
  const consumers = consumersOf(template);
  const sentences = consumers.flatMap(({ container, variables }) =>
    astray(`Container ${container} of ${nameOf(place)}`, variables.get(TOKEN), secret),
  );
  const named = consumers.filter(({ variables }) => variables.has(TOKEN)).length;
  return { sentences, reached: named === 0 || sentences.length < named };
}

function astray(who: string, source: Source | undefined, secret: SecretKey | undefined): string[] {
  if (source?.from === 'literal') {
    return [`${who} has ${TOKEN} as a value in its pod template, and no delivery changes that`];
  }
  if (!secret || source?.from !== 'secret') return [];
  if (source.name === secret.name && source.key === secret.key) return [];
  return [
    `${who} reads ${TOKEN} from key ${source.key} of Secret ${source.name}, and the token is delivered to key ${secret.key} of Secret ${secret.name}`,
  ];
}
