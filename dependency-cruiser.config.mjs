// Which folder may import which. `npm run imports` checks it; a circle, an import against the flow or a file that nobody imports is
// an error. Types count like any import.

/** The workspaces that hold code, each with those it may import: data flows one way. */
const allowedImports = {
  'packages/http-server': [],
  'packages/metric-format': [],
  'packages/metric-reader': ['packages/metric-format'],
  'packages/redis-connector': [],
  'packages/redis-metrics': ['packages/metric-format', 'packages/redis-connector'],
  'packages/opentelemetry': ['packages/metric-format', 'packages/redis-metrics'],
  'packages/experiment': [
    'packages/metric-format',
    'packages/metric-reader',
    'packages/redis-connector',
    'packages/redis-metrics',
  ],
  'packages/service': ['packages/experiment', 'packages/http-server'],
  'packages/release': ['packages/experiment'],
  'packages/conformance': ['packages/metric-format', 'test/servers'],
  app: ['packages/redis-metrics'],
  exporter: ['packages/http-server', 'packages/metric-format', 'packages/metric-reader', 'packages/redis-connector'],
  'scripts/stack': [],
  'test/servers': [],
  'load-test': [],
};

const library = 'packages/redis-metrics/src';

/**
 * The folders of the library in the order in which recordings pass through them; each may import those after it, but
 * `recording` and `redis` do not know each other.
 */
const libraryFolders = [
  'prom-client',
  'http',
  'service',
  'flush',
  'delivery',
  'redis',
  'recording',
  'recording/families',
  'recording/lookup',
  'recording/series',
  'accounting',
  'errors',
  'time',
];
const libraryStrangers = [
  ['prom-client', 'http'],
  ['redis', 'recording'],
];

/** Folders that decide or report: what they know they are given. */
const pureFolders = '^packages/experiment/src/(assess|report|result)/';

/** Files that a program, a package or a person starts with. */
const entryPoints = [
  '/src/index\\.ts$',
  '/src/jest/index\\.ts$',
  '/main\\.ts$',
  '/cli/health\\.ts$',
  '/load-thread\\.ts$',
  '/script/script-constants\\.ts$',
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

/**
 * The files in a folder, without those in its subfolders.
 * @param {string} folder
 */
const filesIn = (folder) => `^${library}/${folder}/[^/]+$`;

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const libraryRules = [
  ...libraryFolders.map((folder, i) => ({
    name: `imports of ${folder}`,
    comment: `In the library, data flows ${libraryFolders.join(' -> ')}.`,
    severity: /** @type {const} */ ('error'),
    from: { path: filesIn(folder) },
    to: { path: [`^${library}/[^/]+$`, ...libraryFolders.slice(0, i).map(filesIn)] },
  })),
  ...libraryStrangers.map(([folder, other]) => ({
    name: `${folder} without ${other}`,
    comment: `${folder} and ${other} stand beside each other: what both need has a folder below both.`,
    severity: /** @type {const} */ ('error'),
    from: { path: `^${library}/${folder}/` },
    to: { path: `^${library}/${other}/` },
  })),
];

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
    ...libraryRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['(^|/)dist/', '^packages/[^/]+/(cjs|esm)/', '^packages/metric-format/vectors/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.test.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['redmeter-source', 'import', 'node', 'default'],
    },
  },
};
