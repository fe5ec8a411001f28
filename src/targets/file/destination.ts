import { lstat, realpath, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { errnoOf, meaningOf } from './errno.js';

/** Where the token goes once links are followed, or the end of a sentence that begins with the configured path. */
export type Destination =
  | {
      readonly ok: true;
      readonly path: string;
      readonly folder: string;
      readonly existing: Stats | undefined;
    }
  | { readonly ok: false; readonly problem: string; readonly hint: string };

/**
 * Follows a symbolic link at `path` to the file that it names, so that the link stays and its file is replaced.
 * Refused: a link that leads nowhere, and one into a folder that its owner swaps whole, where what is written would
 * be lost at the next swap.
 */
export async function findDestination(path: string): Promise<Destination> {
  try {
    const folder = await realpath(dirname(path));
    if (!(await stat(folder)).isDirectory()) return refused('is not in a folder', `Check ${dirname(path)}.`);
    return await inFolder(folder, basename(path));
  } catch (error) {
    const hint = `Create ${dirname(path)} and let Rotor's user write in it.`;
    return refused(`cannot be reached: ${meaningOf(errnoOf(error))}`, hint);
  }
}

async function inFolder(folder: string, name: string): Promise<Destination> {
  if (isSwapped(folder)) return swapped(folder);
  const path = join(folder, name);
  const existing = await lstatOrNothing(path);
  if (existing === undefined) return { ok: true, path, folder, existing };
  if (existing.isSymbolicLink()) return throughLink(path);
  if (existing.isFile()) return { ok: true, path, folder, existing };
  const kind = existing.isDirectory() ? 'a folder' : 'neither a file nor absent';
  return refused(`is ${kind}, and the token needs a file`, 'Give the path of the file itself.');
}

async function throughLink(link: string): Promise<Destination> {
  const path = await realpath(link).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (path === undefined)
    return refused('is a symbolic link that leads nowhere', 'Create its file, or remove the link.');
  return inFolder(dirname(path), basename(path));
}

// Kubernetes mounts a Secret or ConfigMap as `name -> ..data/name` and `..data -> ..2026_01_01_00_00_00.123`, and
// replaces `..data` at each change (kubernetes/kubernetes, pkg/volume/util/atomic_writer.go).
function isSwapped(folder: string): boolean {
  return folder.split(sep).some((part) => part.startsWith('..') && part.length > 2);
}

function swapped(folder: string): Destination {
  return refused(
    `leads into ${folder}, a mount that Kubernetes replaces whole, so that a token written there would be lost`,
    'Deliver to the Secret itself with a kubernetes target.',
  );
}

function refused(problem: string, hint: string): Destination {
  return { ok: false, problem, hint };
}

async function lstatOrNothing(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
