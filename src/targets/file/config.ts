import { basename } from 'node:path';
import { z } from 'zod';
import { absolutePath, argv, duration, text } from '../../config/fields.js';
import { deliveryFields, deliveryTerms, targetName, type DeliveryTerms } from '../../config/target-fields.js';

export type FileTargetConfig = DeliveryTerms & {
  readonly type: 'file';
  readonly name: string;
  readonly path: string;
  /** Four octal digits. */
  readonly mode: string;
  readonly owner?: string | undefined;
  readonly reload?: readonly string[] | undefined;
  readonly reloadTimeoutMs: number;
  readonly check?: readonly string[] | undefined;
  readonly checkTimeoutMs: number;
  readonly readyTimeoutMs: number;
};

const mode = text('Permissions of the file, four octal digits.', {
  pattern: /^0[0-7]{3}$/,
  expected: 'four octal digits, such as "0640"',
});

const owner = text(
  'Owner of the file, "user" or "user:group", names or numeric ids. Default: as the file is now.',
  {
    pattern: /^[A-Za-z0-9_][\w.-]*\$?(:[A-Za-z0-9_][\w.-]*\$?)?$/,
    expected: '"user" or "user:group", names or numeric ids',
  },
);

const declared = z.strictObject({
  type: z.literal('file'),
  name: targetName('the last part of the path').exactOptional(),
  path: absolutePath('The file that holds the token and nothing else.').refine(
    (path) => !/\/\.{0,2}$/.test(path),
    {
      error: 'an absolute path of a file',
    },
  ),
  mode: mode.prefault('0600'),
  owner: owner.exactOptional(),
  reload: argv('Run after the file has changed, to make its reader load it.').exactOptional(),
  reloadTimeout: duration('How long `reload` may take.', { min: '100ms', max: '1h' }).prefault('30s'),
  check: argv('Prints the fingerprint of the token that the reader runs with.').exactOptional(),
  checkTimeout: duration('How long `check` may take.', { min: '100ms', max: '1h' }).prefault('10s'),
  format: z.literal('plain').describe('What the file holds: the token and nothing else.').prefault('plain'),
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

/** A target of type `file`, as it stands in rotor.yaml; its output has its defaults and milliseconds. */
export const fileTargetConfig = declared.transform(
  ({
    name: given,
    format: _onlyOne,
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
    reloadTimeoutMs: reloadTimeout,
    checkTimeoutMs: checkTimeout,
    readyTimeoutMs: ready.timeout,
  }),
);
