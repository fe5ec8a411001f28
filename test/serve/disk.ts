import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MIB = 1024 ** 2;

/** A disk of its own, in memory: it can be filled, and made read-only, also for root. */
export class Disk {
  private constructor(readonly folder: string) {}

  static mount(folder: string, mib: number): Disk {
    mkdirSync(folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m,mode=0700`, 'tmpfs', folder]);
    return new Disk(folder);
  }

  /** The same files, seen from another place that takes no write. */
  readOnlyAt(folder: string): Disk {
    mkdirSync(folder);
    execFileSync('mount', ['--bind', this.folder, folder]);
    const view = new Disk(folder);
    view.remount('bind,ro');
    return view;
  }

  remount(options: string): void {
    execFileSync('mount', ['-o', `remount,${options}`, this.folder]);
  }

  /** Leaves no more than so many bytes. */
  fill(left = 0): void {
    const { bavail, bsize } = statfsSync(this.folder);
    const size = Math.max(0, bavail * bsize - left);
    const filler = join(this.folder, 'filler');
    for (let at = 0; at < size; at += MIB)
      writeFileSync(filler, Buffer.alloc(Math.min(MIB, size - at)), { flag: 'a' });
  }

  free(): void {
    rmSync(join(this.folder, 'filler'), { force: true });
  }

  unmount(): void {
    execFileSync('umount', ['-l', this.folder]);
  }
}

/** Files that nobody may write to, root neither, although they are open. */
export function setImmutable(files: readonly string[], on: boolean): void {
  execFileSync('chattr', [on ? '+i' : '-i', ...files]);
}

export function mayMakeImmutable(): boolean {
  return may(
    'NO FILE CAN BE MADE IMMUTABLE HERE: THE TEST OF A FILE THAT TAKES NO WRITE IS SKIPPED',
    (folder) => {
      const file = join(folder, 'file');
      writeFileSync(file, '');
      setImmutable([file], true);
      setImmutable([file], false);
    },
  );
}

export function mayMount(): boolean {
  return may('NO DISK CAN BE MOUNTED HERE: THE TESTS OF FULL AND READ-ONLY DISKS ARE SKIPPED', (folder) =>
    Disk.mount(join(folder, 'disk'), 1).unmount(),
  );
}

/** Tests that the machine does not allow are skipped, with a loud line. */
function may(otherwise: string, attempt: (folder: string) => void): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'rotor-may-'));
  try {
    attempt(folder);
    return true;
  } catch {
    console.warn(otherwise);
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
