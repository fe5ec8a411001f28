import { readFile } from 'node:fs/promises';

export type Owner = {
  readonly uid: number;
  /** undefined: the group that the file has, or would get, is kept. */
  readonly gid: number | undefined;
};

export type OwnerLookup =
  { readonly found: true; readonly owner: Owner } | { readonly found: false; readonly what: string };

const NUMBER = /^\d+$/;
// Columns of passwd(5) and group(5), which agree in the first three.
const NAME = 0;
const ID = 2;
const LOGIN_GROUP = 3;

/**
 * Reads `user` or `user:group`, by name or by number. A user alone brings its login group along; a number that no
 * account has leaves the group as it is. Names are looked up in /etc/passwd and /etc/group only, not in LDAP.
 */
export async function lookUpOwner(text: string): Promise<OwnerLookup> {
  const [user = '', group] = text.split(':');
  const account = findRow(await rowsOf('/etc/passwd'), user);
  const uid = idOf(user, account);
  if (uid === undefined) return { found: false, what: `user ${user} in /etc/passwd` };
  if (group === undefined) return { found: true, owner: { uid, gid: loginGroupOf(account) } };
  const gid = idOf(group, findRow(await rowsOf('/etc/group'), group));
  if (gid === undefined) return { found: false, what: `group ${group} in /etc/group` };
  return { found: true, owner: { uid, gid } };
}

function idOf(text: string, row: readonly string[] | undefined): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  return row === undefined ? undefined : Number(row[ID]);
}

function loginGroupOf(account: readonly string[] | undefined): number | undefined {
  return account === undefined ? undefined : Number(account[LOGIN_GROUP]);
}

function findRow(rows: readonly string[][], text: string): readonly string[] | undefined {
  const column = NUMBER.test(text) ? ID : NAME;
  return rows.find((row) => row[column] === text);
}

async function rowsOf(path: string): Promise<string[][]> {
  const text = await readFile(path, 'utf8');
  return text.split('\n').map((line) => line.split(':'));
}
