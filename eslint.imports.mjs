/**
 * Who may import whom: data flows one way.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const allowedImports = {
  'packages/metric-format': [],
  'packages/metric-reader': ['metric-format'],
  'packages/redis-metrics': ['metric-format'],
  'packages/experiment': ['metric-format', 'metric-reader', 'redis-metrics'],
  app: ['redis-metrics'],
  exporter: ['metric-format', 'metric-reader'],
  'scripts/stack': [],
  'test/servers': [],
};

const workspaces = [
  'metric-format',
  'metric-reader',
  'redis-metrics',
  'experiment',
  'app',
  'exporter',
  'stack',
  'test-servers',
  'benchmarks',
];

/**
 * What decides and what reports is pure: what it knows it is given.
 * @type {readonly string[]}
 */
const pureFolders = ['assess', 'report', 'result'].map((folder) => `packages/experiment/src/${folder}`);

const pureMessage = 'What decides and what reports is pure: no package, no folder that reaches the world, no clock.';

/** @type {(folder: string, allowed: readonly string[]) => object[]} */
const directionPatterns = (folder, allowed) => [
  {
    group: workspaces.filter((name) => !allowed.includes(name)).map((name) => `@redmeter/${name}`),
    message: `${folder} may import ${allowed.length > 0 ? allowed.map((name) => `@redmeter/${name}`).join(', ') : 'no other workspace'} only: data flows one way.`,
  },
  {
    group: ['@redmeter/*/*', '**/dist/**'],
    message: 'Import a package by its name: what its index does not export is private.',
  },
];

/**
 * One configuration a workspace: importing anything else is an error.
 * @type {import('eslint').Linter.Config[]}
 */
const workspaceDirection = Object.entries(allowedImports).map(([folder, allowed]) => ({
  files: [`${folder}/src/**/*.ts`],
  rules: { 'no-restricted-imports': ['error', { patterns: directionPatterns(folder, allowed) }] },
}));

/** @type {import('eslint').Linter.Config} */
const purity = {
  files: pureFolders.map((folder) => `${folder}/**/*.ts`),
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          { regex: '^[^.]', message: pureMessage },
          {
            regex: '^\\.\\./(?:\\.\\./)?(?!\\.\\./|assess/|report/|result/|statistics/)',
            message: pureMessage,
            allowTypeImports: true,
          },
        ],
      },
    ],
    'no-restricted-globals': [
      'error',
      ...['fetch', 'process', 'performance', 'setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
        name,
        message: pureMessage,
      })),
    ],
    'no-restricted-syntax': [
      'error',
      ...["CallExpression[callee.object.name='Date']", "NewExpression[callee.name='Date'][arguments.length=0]"].map(
        (selector) => ({ selector, message: pureMessage }),
      ),
    ],
  },
};

/** Who may import what, and what is pure. */
export const importDirection = [...workspaceDirection, purity];
