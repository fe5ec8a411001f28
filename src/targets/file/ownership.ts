import type { Stats } from 'node:fs';
import { lookUpOwner, type Owner } from './owner.js';

export type WantedOwner =
  | { readonly ok: true; readonly owner: Owner | undefined }
  | { readonly ok: false; readonly problem: string; readonly hint: string };

/**
 * The owner that the new file shall have: the configured one, else the one that the file has now, which a
 * replacement would otherwise change silently. undefined: no file yet, and none configured.
 */
export async function wantedOwner(
  configured: string | undefined,
  existing: Stats | undefined,
): Promise<WantedOwner> {
  if (configured === undefined) return keepOwner(existing);
  const lookup = await lookUpOwner(configured);
  if (!lookup.found) {
    const hint = 'Correct "owner", or give numeric ids: accounts outside those files are not looked up.';
    return { ok: false, problem: `cannot be given to ${configured}: there is no ${lookup.what}`, hint };
  }
  if (mayGiveTo(lookup.owner)) return { ok: true, owner: lookup.owner };
  return {
    ok: false,
    problem: `cannot be given to ${configured}: Rotor runs as user id ${process.geteuid?.()}, and only root may do that`,
    hint: 'Run Rotor as root or as that user, or drop "owner".',
  };
}

function keepOwner(existing: Stats | undefined): WantedOwner {
  if (existing === undefined) return { ok: true, owner: undefined };
  const owner = { uid: existing.uid, gid: existing.gid };
  if (mayGiveTo(owner)) return { ok: true, owner };
  return {
    ok: false,
    problem:
      `belongs to ${owner.uid}:${owner.gid}, which Rotor, running as user id ${process.geteuid?.()}, ` +
      'cannot keep when it replaces the file',
    hint: 'Run Rotor as root or as that user, or remove the file if another owner is meant.',
  };
}

function mayGiveTo(owner: Owner): boolean {
  const own = process.geteuid?.();
  if (own === 0) return true;
  const groups = [process.getegid?.(), ...(process.getgroups?.() ?? [])];
  return owner.uid === own && (owner.gid === undefined || groups.includes(owner.gid));
}
