import type { BuildOptions } from 'esbuild';

/** What every bundle of this package is made with. */
export const BUNDLING = {
  bundle: true,
  minify: true,
  // Names of functions and classes stay, so that a stack can be read.
  keepNames: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // A package that has modules is taken by them: in its other form it may ask for its own files by a name that no bundle has.
  mainFields: ['module', 'main'],
  // Packages in CommonJS ask for Node's own modules by require, which a module does not have.
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
  logLevel: 'warning',
} as const satisfies BuildOptions;
