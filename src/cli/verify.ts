import { Client } from './client.js';
import { assertNamedOrChosen } from './each-of-many.js';
import { show, type Output } from './output.js';
import { exitOfVerification, verificationText } from './verification.js';

export type VerifyOptions = Output & { readonly selector?: string; readonly all?: boolean };

/**
 * Exit code 0 where all agree, 3 where something is out of step, 6 where it could not be seen, 8 where it is on its way;
 * of several that of the worst.
 */
export async function verify(given: readonly string[], options: VerifyOptions): Promise<number> {
  assertNamedOrChosen('verify', given, options);
  const names = [...new Set(given)];
  const [name] = names;
  const client = await Client.fromEnvironment();
  if (name === undefined || names.length > 1) {
    const { verifyMany } = await import('./verify-many.js');
    return verifyMany(client, names, options);
  }
  const seen = await client.verify(name);
  await show(seen, options, { table: () => verificationText(seen), names: () => [name] });
  return exitOfVerification(seen);
}
