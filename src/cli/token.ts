import { asRotorError, RotorError } from '../rotation/errors.js';
import { parseGrant } from '../triggers/access/grant.js';
import type { ApiToken } from './client.js';
import { Client } from './client.js';
import { isJson, show, type Output } from './output.js';
import { printNote, table } from './print.js';

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
  options.grant.forEach(assertGrant);
  const client = await Client.fromEnvironment();
  const { token, ...made } = await client.createToken({ name, grants: [...options.grant], expiresInDays });
  if (!isJson(options))
    printNote(`${made.id} may ${made.grants.join(', ')} until ${made.expiresAt}. It is shown once:`);
  await show({ ...made, token }, options, { table: () => token, names: () => [made.id] });
  return 0;
}

function assertGrant(typed: string): void {
  try {
    parseGrant(typed);
  } catch (cause) {
    throw new RotorError('request_invalid', `--grant ${asRotorError(cause).message}`, { cause });
  }
}

export async function listTokens(options: Output): Promise<number> {
  const client = await Client.fromEnvironment();
  const tokens = await client.tokens();
  await show({ tokens }, options, {
    table: () =>
      tokens.length === 0 ? '' : table(['ID', 'STATE', 'NAME', 'MAY', 'UNTIL', 'LAST USED'], tokens.map(row)),
    names: () => tokens.map(({ id }) => id),
    items: () => tokens,
  });
  if (tokens.length === 0)
    printNote('no API tokens but the one of the owner; next: rotor token create NAME --grant read');
  return 0;
}

export async function revokeToken(id: string, options: Output): Promise<number> {
  const client = await Client.fromEnvironment();
  const revoked = await client.revokeToken(id);
  await show(revoked, options, {
    table: () => `${revoked.id} (${revoked.name}) is ${revoked.state}`,
    names: () => [id],
  });
  return 0;
}

function row({ id, name, grants, state, expiresAt, lastUsedAt }: ApiToken): string[] {
  return [id, state, name, grants.join(', '), expiresAt, lastUsedAt ?? 'never'];
}
