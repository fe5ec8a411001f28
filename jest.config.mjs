/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  // All of them: jest would leave one idle, which of two is half.
  maxWorkers: '100%',
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
