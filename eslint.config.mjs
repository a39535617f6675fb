import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { importDirection } from './eslint.imports.mjs';

export default defineConfig(
  { ignores: ['**/dist/**', '**/node_modules/**', '.data/**', '.tools/**'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.test.json', './load-test/tsconfig.json', './exporter/page/tsconfig.json'],
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
  ...importDirection,
);
