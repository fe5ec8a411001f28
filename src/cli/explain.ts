import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { allFields, exampleOf, fieldsAt, fieldsIn, kindsOf, wholeOf } from '../config/described-fields.js';
import type { Field, FieldSchema } from '../config/described-fields.js';
import { configJsonSchema } from '../config/json-schema.js';
import { closestWord } from '../config/phrase.js';
import { inPackage } from '../in-package.js';
import { RotorError } from '../rotation/errors.js';
import { explainWord } from './explain-word.js';
import { show, type Output } from './output.js';
import { hanging } from './room.js';

/** Longer ones explain less than they hide. */
const MOST_EXAMPLE_LINES = 16;
const MOST_SUGGESTED = 8;

/** Says what a field of the config is, or what there is at the top; or what a code or a word of a run means. Asks nobody. */
export async function explain(path: string | undefined, options: Output): Promise<number> {
  const explained = path === undefined ? undefined : await explainWord(path, options);
  if (explained !== undefined) return explained;
  const whole = wholeOf(configJsonSchema());
  const field = theOne(whole, path ?? '');
  const below = fieldsIn(field);
  const example = exampleText(field);
  const about = {
    path: dotted(field),
    description: path === undefined ? 'The config file.' : descriptionOf(field.schema),
    type: typeOf(field.schema),
    required: field.isRequired,
    default: field.schema.default ?? null,
    values: valuesOf(field.schema),
    fields: below.map((one) => ({
      path: dotted(one),
      leads: fieldsIn(one).length > 0,
      type: typeOf(one.schema),
      required: one.isRequired,
      description: descriptionOf(one.schema),
    })),
    example: example ?? null,
  };
  await show(about, options, { table: () => textOf(about), names: () => below.map(dotted) });
  return 0;
}

/** Throws `not_found` with the nearest ones where the path is none, or leads to several. */
function theOne(whole: Field, path: string): Field {
  const steps = path.split('.').filter((step) => step !== '');
  const [field, ...others] = fieldsAt(whole, steps);
  if (field && others.length === 0) return field;
  const { fields, how, listed }: Near = field
    ? { fields: [field, ...others], how: '' }
    : nearest(whole, steps);
  const more = fields.length - MOST_SUGGESTED;
  const all = listed === undefined ? '' : `; \`${listed}\` lists all of them`;
  const names = `${fields.slice(0, MOST_SUGGESTED).map(dotted).join(', ')}${more > 0 ? ` and ${more} more${all}` : ''}`;
  throw new RotorError(
    'not_found',
    field ? `${path} is another thing in each kind: ${names}` : `the config has no field ${path}`,
    { hint: field ? 'Name one of them.' : `${how}: ${names}.` },
  );
}

type Near = {
  readonly fields: readonly Field[];
  readonly how: string;
  /** The command that shows every one of them. */
  readonly listed?: string;
};

/** Fields of that name anywhere, or of nearly that name; else what stands where the path ceases to lead anywhere. */
function nearest(whole: Field, steps: readonly string[]): Near {
  const word = steps.at(-1) ?? '';
  const all = allFields(whole);
  const names = [...new Set(all.map(({ path }) => path.at(-1) ?? ''))];
  const meant = names.includes(word) ? word : closestWord(word, names);
  const alike = all.filter(({ path }) => path.at(-1) === meant);
  const first = alike.filter(({ path }) => path[0] === steps[0]);
  if (alike.length > 0) return { fields: [...new Set([...first, ...alike])], how: 'The nearest ones are' };
  const lost = steps.findIndex((_step, index) => fieldsAt(whole, steps.slice(0, index + 1)).length === 0);
  const reached = steps.slice(0, lost);
  const here = fieldsAt(whole, reached).flatMap(fieldsIn);
  const path = reached.join('.');
  if (lost > 0 && here.length > 0)
    return { fields: here, how: `Below ${path} there are`, listed: `rotor explain ${path}` };
  return { fields: fieldsIn(whole), how: 'At the top there are', listed: 'rotor explain' };
}

type Below = {
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  /** There is something below it. */
  readonly leads: boolean;
};

type About = {
  readonly path: string;
  readonly description: string;
  readonly type: string;
  readonly required: boolean;
  readonly default: unknown;
  readonly values: readonly unknown[];
  readonly fields: readonly (Below & { readonly description: string })[];
  readonly example: string | null;
};

function textOf({ path, description, type, required, values, fields, example, ...more }: About): string {
  const width = Math.max(0, ...fields.map((one) => nameOf(one).length));
  const onward = fields.find(({ leads }) => leads)?.path;
  const lines = [
    path === '' ? 'rotor.yaml' : path,
    `  ${description}`,
    '',
    `  type      ${type}`,
    path !== '' && `  required  ${required ? 'yes' : 'no'}`,
    more.default !== null && `  default   ${plain(more.default)}`,
    values.length > 0 && `  values    ${values.map(plain).join(', ')}`,
    ...(fields.length > 0 ? ['', '  below it, * must be given:'] : []),
    ...fields.map((one) =>
      hanging(`    ${nameOf(one).padEnd(width)}  `, firstSentence(one.description)).trimEnd(),
    ),
    ...(example === null ? [] : ['', '  example:', ...example.split('\n').map((line) => `    ${line}`)]),
    ...(onward === undefined ? [] : ['', `next: rotor explain ${onward}`]),
  ];
  return lines.filter((line) => line !== false).join('\n');
}

function nameOf({ path, required }: Below): string {
  return `${path.split('.').at(-1) ?? ''}${required ? ' *' : ''}`;
}

/** Of a kind, what its `type` says of it. */
function descriptionOf({ description, items, properties }: FieldSchema): string {
  return description ?? items?.description ?? properties?.['type']?.description ?? '';
}

function firstSentence(text: string): string {
  return /^.*?[.:](?= |$)/.exec(text)?.[0] ?? text;
}

function typeOf(schema: FieldSchema): string {
  const { type, items, minimum, maximum } = schema;
  const kinds = [...kindsOf(schema).keys()];
  if (items) return kinds.length > 1 ? `list, each of the type ${orOf(kinds)}` : `list of ${typeOf(items)}`;
  if (kinds.length > 0) return `mapping, of the type ${orOf(kinds)}`;
  const forms = schema.oneOf ?? schema.anyOf;
  if (forms) return [...new Set(forms.map(typeOf))].join(', or ');
  if (type === 'object')
    return typeof schema.additionalProperties === 'object' ? 'mapping of names' : 'mapping';
  if (type === 'integer' && minimum !== undefined && maximum !== undefined)
    return `integer from ${minimum} to ${maximum}`;
  return type ?? typeof schema.const;
}

function valuesOf(schema: FieldSchema): readonly unknown[] {
  if (schema.const !== undefined) return [schema.const];
  const inside = [...(schema.oneOf ?? []), ...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])];
  return schema.enum ?? [...new Set(inside.flatMap(valuesOf))];
}

function orOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

function dotted({ path }: Field): string {
  return path.join('.');
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** From the example that a test keeps complete; a short one or none. */
function exampleText(field: Field): string | undefined {
  const file = inPackage('deploy/rotor.complete.yaml');
  const shown = field.path.length === 0 ? undefined : exampleOf(parse(readFileSync(file, 'utf8')), field);
  if (shown === undefined) return undefined;
  const text = stringify(shown).trimEnd();
  return text.split('\n').length > MOST_EXAMPLE_LINES ? undefined : text;
}
