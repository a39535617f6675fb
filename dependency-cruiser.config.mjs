// Who may import whom. `npm run imports` checks it; a circle, an import against the flow or a file that nobody imports is
// an error. Types count like any import.

/** The workspaces that hold code, each with those it may import: data flows one way. */
const allowedImports = {
  'packages/metric-format': [],
  'packages/metric-reader': ['packages/metric-format'],
  'packages/redis-metrics': ['packages/metric-format'],
  'packages/experiment': ['packages/metric-format', 'packages/metric-reader', 'packages/redis-metrics'],
  app: ['packages/redis-metrics'],
  exporter: ['packages/metric-format', 'packages/metric-reader'],
  'scripts/stack': [],
  'test/servers': [],
  'load-test': [],
};

/** Folders that decide or report: what they know they are given. */
const pureFolders = '^packages/experiment/src/(assess|report|result)/';

/** Files that a program, a package or a person starts with. */
const entryPoints = [
  '/src/index\\.ts$',
  '/main\\.ts$',
  '/cli/health\\.ts$',
  '/load-thread\\.ts$',
  '^load-test/[^/]+\\.js$',
];

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const workspaceRules = Object.entries(allowedImports).map(([folder, allowed]) => ({
  name: `imports of ${folder}`,
  comment: `${folder} may import ${allowed.length > 0 ? allowed.join(', ') : 'no other workspace'}: data flows one way.`,
  severity: 'error',
  from: { path: `^${folder}/`, pathNot: '/test/' },
  to: {
    path: `^(${[...Object.keys(allowedImports), 'benchmarks', 'test'].join('|')})/`,
    pathNot: `^(${[folder, ...allowed].join('|')})/`,
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no circle',
      comment: 'A type that two files need has a file below both.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'nobody imports it',
      comment: 'No entry point leads to the file: delete it, or import it.',
      severity: 'error',
      from: { path: entryPoints },
      to: { path: '/src/', pathNot: [...entryPoints, '\\.d\\.ts$'], reachable: false },
    },
    {
      name: 'imports that exist',
      comment: 'No such file or package.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'packages by their names',
      comment: 'What the index of a package does not export is private.',
      severity: 'error',
      from: { path: '^((packages/)?[^/]+)/src/' },
      to: { path: '^((packages/)?[^/]+)/src/', pathNot: ['^$1/', '/src/index\\.ts$'] },
    },
    {
      name: 'what decides is pure',
      comment:
        'assess/, report/ and result/ import no package, no module of Node and no folder that reaches the world.',
      severity: 'error',
      from: { path: pureFolders },
      to: { pathNot: [pureFolders, '^packages/experiment/src/'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'what decides reaches nothing',
      comment: 'Of the other folders assess/, report/ and result/ may import types.',
      severity: 'error',
      from: { path: pureFolders },
      to: { path: '^packages/experiment/src/', pathNot: pureFolders, dependencyTypesNot: ['type-only'] },
    },
    ...workspaceRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['(^|/)dist/', '^packages/metric-format/vectors/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.test.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['redmeter-source', 'import', 'node', 'default'],
    },
  },
};
