import tseslint from 'typescript-eslint';

// Who may import whom. The compiler refuses the rest too (a project that is not referenced), this says it in words.
const allowedImports = {
  'packages/metric-format': [],
  'packages/metric-reader': ['metric-format'],
  'packages/redis-metrics': ['metric-format'],
  app: ['redis-metrics'],
  'scripts/stack': [],
  'test/servers': [],
};

const workspaces = ['metric-format', 'metric-reader', 'redis-metrics', 'app', 'stack', 'test-servers', 'benchmarks'];

const direction = Object.entries(allowedImports).map(([folder, allowed]) => ({
  files: [`${folder}/src/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: workspaces.filter((name) => !allowed.includes(name)).map((name) => `@redmeter/${name}`),
            message: `${folder} may import ${allowed.length > 0 ? allowed.map((name) => `@redmeter/${name}`).join(', ') : 'no other workspace'} only: data flows one way.`,
          },
          {
            group: ['@redmeter/*/*', '**/dist/**'],
            message: 'Import a package by its name: what its index does not export is private.',
          },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', 'load-test/load-test.js', '.data/**', '.tools/**'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { project: ['./tsconfig.test.json'], tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-definitions': 'off',
      eqeqeq: 'error',
      'no-restricted-globals': 'off',
    },
  },
  {
    // Only main.ts and cli/ touch the process.
    files: ['packages/*/src/**/*.ts', 'app/src/**/*.ts', 'scripts/stack/src/**/*.ts'],
    ignores: ['**/main.ts', '**/cli/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'Only main.ts and cli/ end the process.' },
        { object: 'process', property: 'exitCode', message: 'Only main.ts and cli/ set the exit code.' },
      ],
    },
  },
  ...direction,
);
