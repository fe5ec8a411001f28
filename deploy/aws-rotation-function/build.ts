/** Makes the one file that Lambda runs, and prints its size. The folder is an argument; default: dist beside this file. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { BUNDLING } from '../bundling.js';

const here = import.meta.dirname;
const outfile = join(process.argv[2] ?? join(here, 'dist'), 'index.mjs');

const { metafile } = await build({
  ...BUNDLING,
  entryPoints: [join(here, 'handler.ts')],
  outfile,
  // Asked for where an APM agent runs in the process, and by a target, of which a rotation function opens none.
  external: ['elastic-apm-node', '@kubernetes/client-node'],
  tsconfig: join(here, '../../tsconfig.json'),
  metafile: true,
});

const nest = Object.keys(metafile.inputs).filter((input) => input.includes('node_modules/@nestjs/'));
if (nest.length > 0) {
  console.error(`the bundle holds Nest, by ${nest[0]}: import what needs no framework`);
  process.exit(1);
}
const { size } = await stat(outfile);
const packed = gzipSync(await readFile(outfile)).length;
console.log(`${outfile}: ${kilobytes(size)} kB, ${kilobytes(packed)} kB compressed`);

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(0);
}
