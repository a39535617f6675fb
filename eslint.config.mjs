import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const pureMessage = 'What decides and what reports is pure: it is given what it knows, the time too.';

export default defineConfig(
  { ignores: ['**/dist/**', 'packages/*/{cjs,esm}/**', '**/node_modules/**', '.data/**', '.tools/**'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: [
          './tsconfig.test.json',
          './load-test/tsconfig.json',
          './exporter/page/tsconfig.json',
          './packages/experiment/page/tsconfig.json',
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
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
    files: ['packages/*/src/**/*.ts', 'app/src/**/*.ts', 'exporter/src/**/*.ts', 'scripts/stack/src/**/*.ts'],
    ignores: ['**/main.ts', '**/cli/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'Only main.ts and cli/ end the process.' },
        { object: 'process', property: 'exitCode', message: 'Only main.ts and cli/ set the exit code.' },
      ],
    },
  },
  {
    // What these may import, dependency-cruiser.config.mjs says.
    files: ['assess', 'report', 'result'].map((folder) => `packages/experiment/src/${folder}/**/*.ts`),
    rules: {
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
  },
);
