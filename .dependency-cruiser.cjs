/**
 * Data flows one way (docs/architecture.md). Type-only imports count: a knot of types is a knot.
 * Each folder lists what it may import; everything else is an error.
 */
const allowed = {
  model: [],
  events: ['model'],
  ports: ['model', 'events'],
  config: ['model', 'events', 'ports'],
  dockerfile: ['model', 'events', 'ports'],
  layers: ['model', 'events', 'ports'],
  docker: ['model', 'events', 'ports', 'dockerfile'],
  plan: ['model', 'events', 'ports', 'config', 'dockerfile', 'docker'],
  registries: ['model', 'events', 'ports', 'config', 'docker', 'plan'],
  records: ['model', 'events', 'ports', 'docker', 'plan'],
  sizes: ['model', 'events', 'ports', 'dockerfile', 'layers', 'docker', 'plan', 'records'],
  publish: ['model', 'events', 'ports', 'config', 'docker', 'plan', 'records'],
  inputs: ['model', 'events', 'ports', 'dockerfile', 'docker', 'plan', 'records'],
  run: [
    ...['model', 'events', 'ports', 'layers', 'docker', 'plan', 'records', 'sizes', 'publish'],
    'inputs',
  ],
  release: [
    ...['model', 'events', 'ports', 'config', 'docker', 'plan', 'records', 'sizes', 'publish'],
    'registries',
  ],
  adapters: ['model', 'events', 'ports', 'docker'],
  render: [
    'model',
    'events',
    'ports',
    'docker',
    'plan',
    'registries',
    'records',
    'sizes',
    'release',
    'inputs',
  ],
};

module.exports = {
  forbidden: [
    {name: 'no-cycles', severity: 'error', from: {}, to: {circular: true}},
    {
      name: 'no-orphans',
      severity: 'error',
      from: {orphan: true, path: '^src/', pathNot: '^src/cli/main\\.ts$'},
      to: {},
    },
    {
      name: 'runtime-dependencies-only',
      severity: 'error',
      from: {path: '^src/'},
      to: {dependencyTypes: ['npm-dev', 'npm-no-pkg', 'unknown', 'undetermined']},
    },
    ...Object.entries(allowed).map(([folder, targets]) => ({
      name: `${folder}-imports`,
      severity: 'error',
      from: {path: `^src/${folder}/`},
      to: {path: '^src/', pathNot: `^src/(${[folder, ...targets].join('|')})/`},
    })),
  ],
  options: {
    doNotFollow: {path: 'node_modules'},
    tsPreCompilationDeps: true,
    tsConfig: {fileName: 'tsconfig.json'},
    // Packages that are modules only, such as octokit, export nothing else.
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
