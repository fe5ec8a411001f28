/** Makes the one file that Lambda runs, and prints its size. The folder is an argument; default: dist beside this file. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const here = import.meta.dirname;
const outfile = join(process.argv[2] ?? join(here, 'dist'), 'index.mjs');

const { metafile } = await build({
  entryPoints: [join(here, 'handler.ts')],
  outfile,
  bundle: true,
  minify: true,
  // Names of functions and classes stay, so that a stack in CloudWatch can be read.
  keepNames: true,
  platform: 'node',
  target: 'node24',
  // A package that has modules is taken by them: in its other form it may ask for its own files by a name that no bundle has.
  mainFields: ['module', 'main'],
  format: 'esm',
  // Packages in CommonJS ask for Node's own modules by require, which a module does not have.
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
  // Asked for where an APM agent runs in the process, and by a target, of which a rotation function opens none.
  external: ['elastic-apm-node', '@kubernetes/client-node'],
  tsconfig: join(here, '../../tsconfig.json'),
  metafile: true,
  logLevel: 'warning',
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
