import { asRotorError, RotorError, sentenceOf } from '../rotation/errors.js';
import { parseGrant } from '../triggers/access/grant.js';
import { problemOf } from '../triggers/problem.js';
import { Client, type ApiToken } from './client.js';
import { worstOf } from './each-of-many.js';
import { nextAfter } from './next.js';
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
    table: () => table(['ID', 'STATE', 'NAME', 'MAY', 'UNTIL', 'LAST USED'], tokens.map(row)),
    names: () => tokens.map(({ id }) => id),
    items: () => tokens,
    none: 'there are no API tokens but the one of the owner; next: rotor token create NAME --grant read',
  });
  return 0;
}

/** One after the other; one that is not there keeps no other from being revoked. The exit code is the worst of one. */
export async function revokeTokens(ids: readonly string[], options: Output): Promise<number> {
  const client = await Client.fromEnvironment();
  const [id, ...more] = ids;
  if (id !== undefined && more.length === 0) {
    const revoked = await client.revokeToken(id);
    await show(revoked, options, { table: () => revokedText(revoked), names: () => [id] });
    return 0;
  }
  const tokens: ApiToken[] = [];
  const faults: { readonly id: string; readonly fault: RotorError }[] = [];
  for (const one of new Set(ids)) {
    try {
      tokens.push(await client.revokeToken(one));
    } catch (error) {
      faults.push({ id: one, fault: asRotorError(error) });
    }
  }
  const failed = faults.map((one) => ({ id: one.id, problem: problemOf(one.fault) }));
  await show({ tokens, failed }, options, {
    table: () => tokens.map(revokedText).join('\n'),
    names: () => tokens.map((token) => token.id),
    items: () => [...tokens, ...failed],
  });
  for (const { id: of, fault } of faults) printNote(`${of} is not revoked: ${sentenceOf(fault)}`);
  const about = {
    typed: `token revoke ${faults.map(({ id: of }) => of).join(' ')}`,
    command: 'token',
    subcommand: 'revoke',
  };
  for (const next of new Set(faults.map(({ fault }) => nextAfter(fault, about)))) printNote(`next: ${next}`);
  return worstOf(faults.map(({ fault }) => fault.exitCode));
}

function revokedText({ id, name, state }: ApiToken): string {
  return `${id} (${name}) is ${state}`;
}

function row({ id, name, grants, state, expiresAt, lastUsedAt }: ApiToken): string[] {
  return [id, state, name, grants.join(', '), expiresAt, lastUsedAt ?? 'never'];
}
