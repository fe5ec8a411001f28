import { readFileSync, statSync } from 'node:fs';
import { RotorError, systemCode } from '../rotation/errors.js';
import { Secret } from '../rotation/secret.js';

declare const secretRefBrand: unique symbol;

/** `${env:NAME}` or `${file:/absolute/path}`: where a secret is, never the secret. It is plain text, so it is JSON-safe. */
export type SecretRef = string & { readonly [secretRefBrand]: true };

export type SecretPlace =
  { readonly kind: 'env'; readonly name: string } | { readonly kind: 'file'; readonly path: string };

/** The variables of a process, as in `process.env`. */
export type RawEnv = Readonly<Record<string, string | undefined>>;

export const SECRET_REF_PATTERN = /^\$\{(?:env:([A-Za-z_][A-Za-z0-9_]*)|file:(\/[^{}]+))\}$/;

export const SECRET_REF_EXPECTED = 'a reference: "${env:NAME}" or "${file:/absolute/path}"';

/** Group and others: a file that more than its owner can read or write is worth a warning. */
const WIDER_THAN_OWNER = 0o077;

export function isSecretRef(text: string): text is SecretRef {
  return SECRET_REF_PATTERN.test(text);
}

/** @throws RotorError `config_invalid`, without the text: it may be the secret itself. */
export function secretRef(text: string): SecretRef {
  if (isSecretRef(text)) return text;
  throw new RotorError(
    'config_invalid',
    `found ${describeNonReference(text)}, expected ${SECRET_REF_EXPECTED}`,
  );
}

export function placeOf(ref: SecretRef): SecretPlace {
  const match = SECRET_REF_PATTERN.exec(ref);
  const [, name, path] = match ?? [];
  if (name !== undefined) return { kind: 'env', name };
  if (path !== undefined) return { kind: 'file', path };
  throw new RotorError('internal', 'a secret reference was made without being checked');
}

/** What stands where a reference should: never the value, which may be a secret pasted by mistake. */
export function describeNonReference(text: string): string {
  const kind = /^\$\{([a-z][a-z-]{0,15}):/.exec(text)?.[1];
  if (kind === 'env' || kind === 'file') return `a \${${kind}:...} reference that cannot be read`;
  if (kind !== undefined)
    return `a \${${kind}:...} reference, a kind that this version of Rotor does not know`;
  return `a value written in the file (${text.length} characters)`;
}

/**
 * Reads the secret now; call it late and again after each change, a file may have been replaced.
 * `${env:X}` takes the variable X or, where that is absent, the file that X_FILE names.
 * One line break at the end of a file is not part of the secret.
 * @throws RotorError `config_invalid` that names the place, never the value.
 */
export function resolveSecret(ref: SecretRef, env: RawEnv): Secret {
  const place = placeOf(ref);
  if (place.kind === 'file') return secretFromFile(place.path, ref);
  return secretFromVariable(place.name, env);
}

/** A sentence where the reference is a file that more than its owner can open, else nothing. */
export function secretFileWarning(ref: SecretRef, env: RawEnv): string | undefined {
  const path = fileOf(placeOf(ref), env);
  const mode = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false })?.mode;
  if (mode === undefined || (mode & WIDER_THAN_OWNER) === 0) return undefined;
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  return `${path} holds a secret and has mode ${octal}: more users than its owner can open it. Run chmod 0600 ${path}.`;
}

/**
 * The secret of variable `name`, from it or from the file that `name`_FILE names.
 * @throws RotorError `config_invalid` where neither is set, both are, or the value is empty.
 */
export function secretFromVariable(name: string, env: RawEnv): Secret {
  const value = env[name];
  const path = env[`${name}_FILE`];
  if (value && path) {
    throw unresolved(
      `both ${name} and ${name}_FILE are set`,
      'Unset one of them: it is not clear which one counts.',
    );
  }
  if (path) return secretFromFile(path, `${name}_FILE`);
  if (value === undefined) {
    throw unresolved(
      `the environment variable ${name} is not set, and neither is ${name}_FILE`,
      `Set ${name}, or set ${name}_FILE to the path of a file that holds the value.`,
    );
  }
  return notEmpty(value, `the environment variable ${name}`);
}

function fileOf(place: SecretPlace, env: RawEnv): string | undefined {
  return place.kind === 'file' ? place.path : env[`${place.name}_FILE`];
}

function secretFromFile(path: string, source: string): Secret {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw unresolved(
      `the file ${path} of ${source} cannot be read (${systemCode(error) ?? 'unknown error'})`,
      'Check that it exists and that the user of Rotor may read it.',
      error,
    );
  }
  return notEmpty(text.replace(/\r?\n$/, ''), `the file ${path}`);
}

function notEmpty(value: string, where: string): Secret {
  if (value.trim() !== '') return new Secret(value);
  throw unresolved(`${where} is empty`, 'An empty secret authenticates nobody: put the value there.');
}

function unresolved(message: string, hint: string, cause?: unknown): RotorError {
  return new RotorError('config_invalid', message, { hint, cause });
}
