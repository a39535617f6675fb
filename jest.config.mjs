import { join } from 'node:path';

// Lanes by file name: pure, redis (a real redis-server per file), kubernetes (a real API server for all of it), prometheus (a Prometheus 3
// built from its source), opentelemetry (SDKs in several languages), stack and compose (everything real).
const shared = {
  rootDir: import.meta.dirname,
  transform: {
    // The load test's modules are plain JavaScript, since it runs without a build.
    '(\\.ts|/load-test/[^.]+\\.js)$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  moduleFileExtensions: ['ts', 'js', 'json'],
  // Jest looks a global up through its sandbox, which makes a simulation seven times as slow; these are parameters of each module.
  sandboxInjectedGlobals: ['Array', 'Float64Array', 'Map', 'Math', 'Number', 'Object'],
  testEnvironmentOptions: { customExportConditions: ['redmeter-source', 'require', 'node', 'default'] },
  modulePathIgnorePatterns: ['/dist/', '/packages/[^/]+/cjs/', '/\\.data/', '/\\.tools/'],
};

/** @kubernetes/client-node as one file. */
const clientBundle = join(import.meta.dirname, '.data/kubernetes-client.cjs');

// Jest takes every word after --selectProjects for a lane, so that a pattern there would run the whole lane.
const lanes = ['pure', 'redis', 'kubernetes', 'prometheus', 'opentelemetry', 'stack', 'compose'];
const afterSelect = process.argv.slice(process.argv.indexOf('--selectProjects') + 1 || Infinity);
const noLane = afterSelect
  .slice(0, afterSelect.findIndex((word) => word.startsWith('-')) >>> 0)
  .find((word) => !lanes.includes(word));
if (noLane !== undefined) {
  throw new Error(
    `--selectProjects: expected lanes (${lanes.join(', ')}), got "${noLane}"; patterns of tests go before it`,
  );
}

/**
 * @param {string} name
 * @param {string[]} match
 * @param {string[]} [ignore]
 */
const lane = (name, match, ignore = []) => ({
  ...shared,
  displayName: name,
  testMatch: match.map((pattern) => `<rootDir>/${pattern}`),
  testPathIgnorePatterns: ['/node_modules/', ...ignore],
});

export default {
  // No test is judged by its speed: a machine with other work to do must not fail one. Jest reads it only from here.
  testTimeout: 240_000,
  testSequencer: '<rootDir>/scripts/longest-first.mjs',
  projects: [
    lane(
      'pure',
      ['**/test/**/*.test.ts'],
      [
        '\\.(redis|kubernetes|prometheus|opentelemetry)\\.test\\.ts$',
        '<rootDir>/test/stack/',
        '<rootDir>/test/compose/',
      ],
    ),
    lane('redis', ['**/test/**/*.redis.test.ts'], ['<rootDir>/test/stack/', '<rootDir>/test/compose/']),
    {
      ...lane('kubernetes', ['**/test/**/*.kubernetes.test.ts']),
      // The client is a thousand files of ES modules, which Jest would translate one by one: the lane bundles it first.
      moduleNameMapper: { ...shared.moduleNameMapper, '^@kubernetes/client-node$': clientBundle },
      modulePathIgnorePatterns: ['/dist/', '/packages/[^/]+/cjs/', '/\\.tools/'],
      globalSetup: '<rootDir>/test/kubernetes/server-up.mjs',
      globalTeardown: '<rootDir>/test/kubernetes/server-down.mjs',
    },
    {
      ...lane('prometheus', ['**/test/**/*.prometheus.test.ts']),
      globalSetup: '<rootDir>/test/prometheus/build-prometheus.mjs',
    },
    {
      ...lane('opentelemetry', ['**/test/**/*.opentelemetry.test.ts']),
      globalSetup: '<rootDir>/test/opentelemetry/install-sdks.mjs',
    },
    lane('stack', ['test/stack/**/*.test.ts'], ['\\.prometheus\\.test\\.ts$']),
    {
      ...lane('compose', ['test/compose/**/*.test.ts']),
      globalSetup: '<rootDir>/test/compose/engine-up.ts',
      globalTeardown: '<rootDir>/test/compose/engine-down.ts',
    },
  ],
};
