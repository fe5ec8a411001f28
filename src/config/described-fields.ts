import { fieldOf } from './plain.js';

/** As much of JSON Schema as the config is written in. */
export type FieldSchema = {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  readonly items?: FieldSchema;
  readonly additionalProperties?: FieldSchema | boolean;
  readonly oneOf?: readonly FieldSchema[];
  readonly anyOf?: readonly FieldSchema[];
};

/** One field of the config. */
export type Field = {
  /** As a person writes it: without the numbers of lists, with the kind where there are several: `targets.file.path`. */
  readonly path: readonly string[];
  readonly schema: FieldSchema;
  readonly isRequired: boolean;
};

/** Stands in a path for a name that the config gives. */
export const ANY_NAME = '<name>';

/** The config itself. */
export function wholeOf(schema: object): Field {
  return { path: [], schema, isRequired: true };
}

/** What stands one level below: fields, kinds where the list or mapping may hold several, or any name. */
export function fieldsIn({ path, schema }: Field): Field[] {
  const below = (name: string, one: FieldSchema, isRequired: boolean): Field => ({
    path: [...path, name],
    schema: one,
    isRequired,
  });
  if (schema.items) return fieldsIn({ path, schema: schema.items, isRequired: false });
  const kinds = kindsOf(schema);
  if (kinds.size > 1) return [...kinds].map(([kind, one]) => below(kind, one, false));
  const forms = schema.oneOf ?? schema.anyOf;
  if (forms) return forms.flatMap((form) => fieldsIn({ path, schema: form, isRequired: false }));
  if (typeof schema.additionalProperties === 'object' && Object.keys(schema.properties ?? {}).length === 0)
    return [below(ANY_NAME, schema.additionalProperties, false)];
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).map(([name, one]) => below(name, one, required.has(name)));
}

/** By name, where the mapping says by its `type` which of them it is. */
export function kindsOf(schema: FieldSchema): ReadonlyMap<string, FieldSchema> {
  const forms = (schema.items ?? schema).oneOf ?? (schema.items ?? schema).anyOf ?? [];
  const named = forms.flatMap((form) => {
    const kind = form.properties?.['type']?.const;
    return typeof kind === 'string' ? [[kind, form] as const] : [];
  });
  return new Map(named.length === forms.length ? named : []);
}

/** Every field at any depth, each once. */
export function allFields(field: Field): Field[] {
  return fieldsIn(field).flatMap((one) => [one, ...allFields(one)]);
}

/**
 * The fields that a path may mean: one, none, or several where kinds differ in what they understand by it. Numbers of a
 * list, as findings have them, are passed over, and so may be the kind.
 */
export function fieldsAt(whole: Field, path: readonly string[]): Field[] {
  return path
    .filter((step) => !/^\d+$/.test(step))
    .reduce<Field[]>((found, step) => distinct(found.flatMap((field) => stepInto(field, step))), [whole]);
}

function stepInto(field: Field, step: string): Field[] {
  const below = fieldsIn(field);
  const exact = below.filter(({ path }) => path.at(-1) === step);
  if (exact.length > 0) return exact;
  const kinds = kindsOf(field.schema);
  // The only kind goes without saying, and is understood all the same.
  if (kinds.has(step)) return [field];
  if (below.some(({ path }) => path.at(-1) === ANY_NAME)) return below;
  return kinds.size > 1 ? below.flatMap((kind) => stepInto(kind, step)) : [];
}

/** Where all kinds say the same of it, the first one speaks for all. */
function distinct(fields: readonly Field[]): Field[] {
  const seen = new Set<string>();
  return fields.filter(({ schema }) => {
    const key = JSON.stringify(schema);
    return !seen.has(key) && seen.add(key);
  });
}

/**
 * A piece of the example that shows the field where it stands, undefined where the example has it not. Of a list, or of
 * a mapping of names, the shortest element that has it.
 */
export function exampleOf(example: unknown, { path }: Pick<Field, 'path'>): unknown {
  const [step, ...rest] = path;
  if (Array.isArray(example) && (step !== undefined || typeof example[0] === 'object')) {
    const shown = shortest(example.map((one) => exampleOf(one, { path })));
    return shown === undefined ? undefined : [shown];
  }
  if (step === undefined) return example;
  if (step === ANY_NAME)
    return shortest(
      Object.entries(Object(example)).flatMap(([name, one]) => {
        const shown = exampleOf(one, { path: rest });
        return shown === undefined ? [] : [{ [name]: shown }];
      }),
    );
  const kind = fieldOf(example, 'type');
  if (step === kind) return within(exampleOf(example, { path: rest }), kind);
  const value = fieldOf(example, step);
  const below = value === undefined ? undefined : exampleOf(value, { path: rest });
  if (below !== undefined) return within({ [step]: below }, kind);
  return undefined;
}

/** With its kind, without which it could not be read. */
function within(shown: unknown, kind: unknown): unknown {
  if (typeof kind !== 'string' || typeof shown !== 'object' || shown === null) return shown;
  return { type: kind, ...shown };
}

/** An empty list shows nothing of what could stand in it. */
function shortest(all: readonly unknown[]): unknown {
  const length = (one: unknown): number => {
    const text = JSON.stringify(one);
    return text.includes('[]') ? Infinity : text.length;
  };
  return all.filter((one) => one !== undefined).toSorted((a, b) => length(a) - length(b))[0];
}
