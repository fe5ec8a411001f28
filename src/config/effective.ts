import { kindsOf, type FieldSchema } from './described-fields.js';
import { formatDuration } from './duration.js';
import { configJsonSchema } from './json-schema.js';
import { fieldOf } from './plain.js';
import { formatOf } from '../targets/file/formats.js';
import { wallTimeIn } from './schedule-field.js';
import type { Config, RotationConfig } from './schema.js';
import type { Path, Place } from './yaml-source.js';

/** Why a value is what it is. */
export type Origin =
  | ({ readonly from: 'file' } & Place)
  | { readonly from: 'environment'; readonly variable: string }
  | { readonly from: 'flag'; readonly flag: string }
  | { readonly from: 'default' };

/** One value that holds, as it would be written in the file; secrets as references. */
export type EffectiveValue = { readonly path: Path; readonly value: unknown; readonly origin: Origin };

/** What wins over the file, by dotted path. */
export type Won = ReadonlyMap<string, Pick<EffectiveValue, 'value' | 'origin'>>;

type Sources = {
  readonly written: unknown;
  /** All defaults applied. */
  readonly config: Config;
  readonly placeOf: (path: Path) => Place;
  readonly won: Won;
};

/** Where a value may stand, the first that has it wins. */
type Candidate = { readonly value: unknown; readonly at: Path };

/** Of a mapping that is absent nothing is assumed where to write it would mean something. */
const ONLY_WHERE_WRITTEN: ReadonlySet<string> = new Set(['kibana']);
/** AWS alone says when such a rotation is due. */
const NOT_WHERE_DRIVEN: ReadonlySet<string> = new Set(['maxAge', 'renewBefore', 'schedule']);

/**
 * All values that hold, in the order of the schema: what was written, what won over it, what is assumed. `defaults` is
 * in the rotations that it has an effect on. Loaded as a file, they make the same config.
 */
export function effectiveValues(sources: Sources): EffectiveValue[] {
  return new Walk(sources).all();
}

class Walk {
  readonly #assumed: ReadonlyMap<string, unknown>;

  constructor(private readonly sources: Sources) {
    this.#assumed = assumedIn(sources.config);
  }

  all(): EffectiveValue[] {
    const { properties = {} } = configJsonSchema() as FieldSchema;
    return Object.entries(properties).flatMap(([key, schema]) => {
      if (key === 'defaults') return [];
      if (key === 'rotations') return this.#rotations(schema.items ?? {});
      const found = this.#at(schema, [key], this.#below([{ value: this.sources.written, at: [] }], key));
      // It is written from the working directory, which is not told.
      return key === 'stateDir'
        ? found.map((one) => ({ ...one, value: this.sources.config.stateDir }))
        : found;
    });
  }

  #rotations(schema: FieldSchema): EffectiveValue[] {
    const { written, config } = this.sources;
    const shared = { value: fieldOf(written, 'defaults'), at: ['defaults'] };
    return config.rotations.flatMap((rotation, index) => {
      const path = ['rotations', index];
      const own = { value: fieldOf(fieldOf(written, 'rotations'), index), at: path };
      const isDriven = rotation.store.drivenBy !== undefined;
      return Object.entries(schema.properties ?? {}).flatMap(([key, one]) => {
        if (isDriven && NOT_WHERE_DRIVEN.has(key)) return [];
        const found = this.#at(one, [...path, key], this.#below([own, shared], key));
        if (key !== 'schedule') return found;
        return [...found.filter(hasMeaning(rotation)), ...this.#blackouts(rotation, path, own, shared)];
      });
    });
  }

  /** They add up, and in one mapping they stand by one clock. */
  #blackouts(rotation: RotationConfig, path: Path, own: Candidate, shared: Candidate): EffectiveValue[] {
    const zoneOf = ({ value }: Candidate) => fieldOf(fieldOf(value, 'schedule'), 'timezone');
    const { timezone, blackouts } = rotation.schedule;
    const written = [shared, own].flatMap((candidate) => {
      const list = fieldOf(fieldOf(candidate.value, 'schedule'), 'blackouts');
      const zone = zoneOf(candidate) ?? timezone;
      return Array.isArray(list)
        ? list.map((one: unknown, index) => ({
            one,
            isOfThisClock: zone === timezone,
            at: [...candidate.at, 'schedule', 'blackouts', index],
          }))
        : [];
    });
    return written.flatMap(({ one, isOfThisClock, at }, index) =>
      (['from', 'to', 'reason'] as const).map((key) => {
        const time = key === 'reason' ? undefined : blackouts[index]?.[key];
        const isMoved = !isOfThisClock && time !== undefined;
        return {
          path: [...path, 'schedule', 'blackouts', index, key],
          value: isMoved ? wallTimeIn(time, timezone) : fieldOf(one, key),
          origin: { from: 'file', ...this.sources.placeOf([...at, key]) },
        };
      }),
    );
  }

  #at(schema: FieldSchema, path: Path, candidates: readonly Candidate[]): EffectiveValue[] {
    const won = this.sources.won.get(dotted(path));
    if (won) return [{ path, ...won }];
    const present = candidates.filter(({ value }) => value !== undefined);
    const form = formFor(schema, present[0]?.value);
    if (form.properties) return this.#mapping(form, path, present, candidates);
    const [first] = present;
    if (first && isCollection(first.value) && hasMappings(form)) return this.#within(form, path, first);
    if (first)
      return [{ path, value: first.value, origin: { from: 'file', ...this.sources.placeOf(first.at) } }];
    const known = dotted(path);
    const assumed = this.#assumed.has(known) ? this.#assumed.get(known) : form.default;
    return assumed === undefined ? [] : [{ path, value: assumed, origin: { from: 'default' } }];
  }

  #mapping(form: FieldSchema, path: Path, present: readonly Candidate[], all: readonly Candidate[]) {
    const { properties = {}, required = [] } = form;
    const isAssumable = required.length === 0 && !ONLY_WHERE_WRITTEN.has(String(path.at(-1)));
    if (present.length === 0 && !isAssumable) return [];
    return Object.entries(properties).flatMap(([key, one]) =>
      key === 'blackouts' ? [] : this.#at(one, [...path, key], this.#below(all, key)),
    );
  }

  /** Of a list or of a mapping of names: one that is written takes the place of another as a whole. */
  #within(form: FieldSchema, path: Path, { value, at }: Candidate): EffectiveValue[] {
    const below = form.items ?? (form.additionalProperties as FieldSchema);
    const steps: readonly PropertyKey[] = Array.isArray(value)
      ? [...value.keys()]
      : Object.keys(value as object);
    if (steps.length === 0) return [{ path, value, origin: { from: 'file', ...this.sources.placeOf(at) } }];
    return steps.flatMap((step) => this.#at(below, [...path, step], this.#below([{ value, at }], step)));
  }

  #below(candidates: readonly Candidate[], key: PropertyKey): Candidate[] {
    return candidates.map(({ value, at }) => ({ value: fieldOf(value, key), at: [...at, key] }));
  }
}

/** Without a window there is none that could go by. */
function hasMeaning({ schedule }: RotationConfig) {
  return ({ path }: EffectiveValue): boolean => path.at(-1) !== 'catchUp' || schedule.windowMs !== undefined;
}

/** Of several forms that a field may have, the one that was written; what is absent has the first. */
function formFor(schema: FieldSchema, value: unknown): FieldSchema {
  if (schema.items) return schema;
  const kind = fieldOf(value, 'type');
  const forms = schema.oneOf ?? schema.anyOf;
  if (!forms) return schema;
  const named = typeof kind === 'string' ? kindsOf(schema).get(kind) : undefined;
  const isMapping = isCollection(value) && !Array.isArray(value);
  const form = named ?? forms.find((one) => (one.properties !== undefined) === isMapping) ?? {};
  return { default: schema.default, ...form };
}

function hasMappings({ items, additionalProperties }: FieldSchema): boolean {
  if (items) return items.properties !== undefined || items.oneOf !== undefined || items.anyOf !== undefined;
  return typeof additionalProperties === 'object';
}

function isCollection(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What depends on other values; undefined: nothing, whatever the schema says. */
function assumedIn({ stateDir, rotations }: Config): ReadonlyMap<string, unknown> {
  const assumed = new Map<string, unknown>([['stateDir', stateDir]]);
  for (const [index, { renewBeforeMs, schedule, retries, targets, notify }] of rotations.entries()) {
    const at = (path: string, value: unknown) => assumed.set(`rotations.${index}.${path}`, value);
    if (renewBeforeMs !== undefined) at('renewBefore', formatDuration(renewBeforeMs));
    at('schedule.jitter', schedule.jitterMs === 0 ? 'none' : formatDuration(schedule.jitterMs));
    at('notify', notify);
    for (const [place, target] of targets.entries()) {
      at(`targets.${place}.name`, target.name);
      at(`targets.${place}.retries`, retries.max);
      if (target.type !== 'file') continue;
      at(`targets.${place}.format`, formatOf(target));
      // A file of an agent keeps the mode that it has.
      at(`targets.${place}.mode`, target.mode);
    }
  }
  return assumed;
}

export function dotted(path: Path): string {
  return path.map(String).join('.');
}
