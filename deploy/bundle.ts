/**
 * Makes of the compiled modules, and of the 1,500 of the packages that they need, the few files that `bin/rotor.js`
 * starts: half the time to start, and a tenth less memory (docs/adr/0024).
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLING } from './bundling.js';

const root = join(import.meta.dirname, '..');
const { optionalDependencies } = createRequire(import.meta.url)('../package.json') as {
  readonly optionalDependencies: Readonly<Record<string, string>>;
};

await build({
  ...BUNDLING,
  entryPoints: [join(root, 'dist/cli/main.js')],
  outdir: join(root, 'dist/bundle'),
  // What a command imports when it needs it is a file of its own.
  splitting: true,
  chunkNames: '[name]-[hash]',
  // Its form for Node is CommonJS, of which an `import()` in a bundle sees the default alone. A reload reads the config
  // outside of the bundle (dist/config/read-aside.js), and so by that form. Both are built from the same source; they
  // differ in how they make bytes of `!!binary`, which no field takes, and in where a warning is printed.
  alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') },
  // Of packages, beside what is loaded.
  legalComments: 'linked',
  external: [
    ...Object.keys(optionalDependencies),
    // Loaded where a target is in Kubernetes; it finds its own files.
    '@kubernetes/client-node',
    // What packages look for and do without: nobody has installed it.
    '@fastify/multipart',
    '@fastify/static',
    '@fastify/view',
    '@nestjs/microservices',
    '@nestjs/platform-express',
    '@nestjs/websockets',
    'class-transformer',
    'class-validator',
    'pg-native',
  ],
});
