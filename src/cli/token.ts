import { RotorError } from '../rotation/errors.js';
import type { ApiToken } from './client.js';
import { Client } from './client.js';
import { printData, printJson, printNote } from './print.js';

type Output = { readonly json?: boolean };

/** The token goes to standard output alone, so that it can be piped; it is never shown again. */
export async function createToken(
  name: string,
  options: Output & { readonly grant: readonly string[]; readonly expires: string },
): Promise<number> {
  const expiresInDays = Number(options.expires);
  if (!Number.isInteger(expiresInDays))
    throw new RotorError(
      'request_invalid',
      `--expires: found "${options.expires}", expected whole days, 1 to 366`,
    );
  const client = await Client.fromEnvironment();
  const { token, ...made } = await client.createToken({ name, grants: [...options.grant], expiresInDays });
  if (options.json) printJson({ ...made, token });
  else {
    printNote(`${made.id} may ${made.grants.join(', ')} until ${made.expiresAt}. It is shown once:`);
    printData(token);
  }
  return 0;
}

export async function listTokens({ json }: Output): Promise<number> {
  const client = await Client.fromEnvironment();
  const tokens = await client.tokens();
  if (json) printJson({ tokens });
  else if (tokens.length === 0)
    printNote('no API tokens but the owner’s; make one: rotor token create NAME --grant read');
  else printData(tokens.map(lineOf).join('\n'));
  return 0;
}

export async function revokeToken(id: string, { json }: Output): Promise<number> {
  const client = await Client.fromEnvironment();
  const revoked = await client.revokeToken(id);
  if (json) printJson(revoked);
  else printData(lineOf(revoked));
  return 0;
}

function lineOf({ id, name, grants, state, expiresAt, lastUsedAt }: ApiToken): string {
  const used = lastUsedAt === null ? 'never used' : `last used ${lastUsedAt}`;
  return `${id}  ${state.padEnd(7)}  ${name}  ${grants.join(', ')}  until ${expiresAt}  ${used}`;
}
