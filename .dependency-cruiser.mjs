/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'core-knows-no-adapter',
      comment: 'src/rotation is plain TypeScript: ports come in as types, adapters never',
      severity: 'error',
      from: { path: '^src/rotation' },
      to: {
        path: '^src/',
        pathNot:
          '^src/rotation|^src/(issuers/issuer|stores/(store|driven-store)|targets/target|verification/probe|journal/journal)\\.ts$',
      },
    },
    {
      name: 'core-uses-no-framework',
      severity: 'error',
      from: { path: '^src/rotation' },
      to: { path: 'node_modules', pathNot: 'node_modules/(croner|p-limit)/' },
    },
    {
      name: 'adapters-stand-alone',
      comment: 'an adapter may use its port, the core types and shared clients, never another adapter',
      severity: 'error',
      from: { path: '^src/(issuers|stores|targets|notifiers)/' },
      to: { path: '^src/(issuers|stores|targets|notifiers)/', pathNot: '^src/$1/' },
    },
    {
      name: 'production-never-needs-the-sandbox',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(sandbox|demo|cli)/' },
      to: { path: '^src/(sandbox|demo)/' },
    },
    {
      name: 'cli-does-not-load-nest',
      comment: 'the thin client starts within 150 ms; serve and demo are loaded lazily',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: 'node_modules/@nestjs', dependencyTypesNot: ['dynamic-import'] },
    },
    {
      name: 'got-has-one-place',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/http/' },
      to: { path: 'node_modules/got' },
    },
    {
      name: 'aws-sdk-is-loaded-late',
      comment:
        'each client takes megabytes and a tenth of a second, and most services need none or one of them',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        path: 'node_modules/@(aws-sdk|smithy)/',
        dependencyTypesNot: ['dynamic-import', 'type-only', 'type-import'],
      },
    },
    {
      name: 'not-to-dev-dep',
      severity: 'error',
      from: { path: '^src' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, pathNot: '\\.d\\.ts$' }, to: {} },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js'],
    },
  },
};
