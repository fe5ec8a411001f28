import { basename } from 'node:path';
import { z } from 'zod';
import { absolutePath, argv, duration, httpsUrl, text } from '../../config/fields.js';
import { phrase } from '../../config/phrase.js';
import { deliveryFields, deliveryTerms, targetName, type DeliveryTerms } from '../../config/target-fields.js';
import { agentField } from '../agent-field.js';
import {
  FILE_AGENTS,
  FORMATS,
  formatOf,
  isKeyless,
  keyOf,
  type Described,
  type FileAgent,
  type Format,
} from './formats.js';

export type FileTargetConfig = DeliveryTerms & {
  readonly type: 'file';
  readonly name: string;
  readonly path: string;
  /** Absent: the token and nothing else, or what `agent` implies. */
  readonly format?: Format | undefined;
  readonly agent?: FileAgent | undefined;
  readonly key?: string | undefined;
  readonly serverUrl?: string | undefined;
  /** Four octal digits. Absent: as the file is now; 0600 for a new one. */
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly reload?: readonly string[] | undefined;
  readonly reloadTimeoutMs: number;
  readonly check?: readonly string[] | undefined;
  readonly checkTimeoutMs: number;
  readonly readyTimeoutMs: number;
};

const mode = text(
  'Permissions of the file, four octal digits. A file that holds other things too keeps those that it has.',
  {
    pattern: /^0[0-7]{3}$/,
    expected: 'four octal digits, such as "0640"',
  },
).meta({ default: '0600' });

const owner = text(
  'Owner of the file, "user" or "user:group", names or numeric ids. Default: as the file is now.',
  {
    pattern: /^[A-Za-z0-9_][\w.-]*\$?(:[A-Za-z0-9_][\w.-]*\$?)?$/,
    expected: '"user" or "user:group", names or numeric ids',
  },
);

const declared = z.strictObject({
  type: z.literal('file').describe('A file on the machine of Rotor, and what makes its reader load it.'),
  name: targetName('the last part of the path').exactOptional(),
  path: absolutePath('The file that holds the token.').refine((path) => !/\/\.{0,2}$/.test(path), {
    error: 'an absolute path of a file',
  }),
  mode: mode.exactOptional(),
  owner: owner.exactOptional(),
  reload: argv('Run after the file has changed, to make its reader load it.').exactOptional(),
  reloadTimeout: duration('How long `reload` may take.', { min: '100ms', max: '1h' }).prefault('30s'),
  check: argv('Prints the fingerprint of the token that the reader runs with.').exactOptional(),
  checkTimeout: duration('How long `check` may take.', { min: '100ms', max: '1h' }).prefault('10s'),
  format: z
    .enum(FORMATS)
    .meta({
      description:
        "What the file is: plain and otel-bearer hold the token and nothing else, of the others the token alone is changed. Default: that of the agent's own file, or plain.",
      default: 'plain',
    })
    .exactOptional(),
  agent: agentField(
    FILE_AGENTS,
    'Who reads the file, so that what this agent would not use, or would give away, is refused.',
  ).exactOptional(),
  key: text(
    "Where the token stands in the file. Default: where the agent's own file has it.",
  ).exactOptional(),
  serverUrl: httpsUrl(
    'Where the agent sends to, if the file does not say so; without either the delivery is refused.',
  ).exactOptional(),
  ...deliveryFields,
  ready: z
    .strictObject({
      timeout: duration(
        'How long the reader may go on with the old token before the delivery counts as failed.',
      ).prefault('10m'),
    })
    .describe('When the delivery counts as done.')
    .prefault({}),
});

/** A document without a default key needs one, and a file that is nothing but the token has none. */
const checked = declared
  .refine((target) => isKeyless(target) || keyOf(target) !== undefined, {
    path: ['format'],
    error: phrase('a key too', ['This format has no place of its own for the token.']),
  })
  .refine((target) => !isKeyless(target) || target.key === undefined, {
    path: ['key'],
    error: phrase('no key', ['The file holds the token and nothing else.']),
  });

/** A target of type `file`, as it stands in rotor.yaml; its output has its defaults and milliseconds. */
export const fileTargetConfig = checked.transform(
  ({
    name: given,
    mode: givenMode,
    ready,
    reloadTimeout,
    checkTimeout,
    wave,
    timeout,
    deadline,
    retries,
    ...rest
  }): FileTargetConfig => ({
    ...rest,
    ...deliveryTerms({ wave, timeout, deadline, retries }),
    name: given ?? basename(rest.path),
    ...modeOf(givenMode, rest),
    reloadTimeoutMs: reloadTimeout,
    checkTimeoutMs: checkTimeout,
    readyTimeoutMs: ready.timeout,
  }),
);

function modeOf(given: string | undefined, target: Described): { readonly mode?: string } {
  if (given !== undefined) return { mode: given };
  return formatOf(target) === 'plain' ? { mode: '0600' } : {};
}
