import { availableParallelism } from 'node:os';

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  // One more than there are processors: a third of the time a worker waits for processes that it has started.
  maxWorkers: availableParallelism() + 1,
  // Modules are loaded anew for each file, and a worker would grow by all of them to the end.
  workerIdleMemoryLimit: '1GB',
  // Demonstrations run as whole worlds of processes beside each other.
  maxConcurrency: 3,
  // A guard against a test that hangs, never a measure: a busy machine may be many times slower.
  testTimeout: 60_000,
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  moduleFileExtensions: ['ts', 'js', 'json'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
          keepClassNames: true,
        },
      },
    ],
  },
};
