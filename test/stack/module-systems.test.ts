import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkout } from '@redmeter/stack';
import { temporaryFolder, useRedisServer } from '@redmeter/test-servers/jest';
import { packPackages } from './pack-packages.js';

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 600_000;

const LIBRARIES = ['metric-format', 'metric-reader', 'redis-connector', 'redis-metrics', 'opentelemetry'].map(
  (name) => `packages/${name}`,
);
/** What projects that use the libraries have. */
const TOOLS = [
  'typescript5@npm:typescript@~5.9.0',
  'typescript6@npm:typescript@~6.0.0',
  'jest29@npm:jest@^29.7.0',
  'jest30@npm:jest@^30.5.2',
  'vitest@^4.0.0',
  '@types/node@^20.19.43',
  '@opentelemetry/sdk-metrics@^2.12.1',
];

const redis = useRedisServer({ flushBeforeEach: true });
const folder = temporaryFolder();
let archives: readonly string[] = [];
const bin = (path: string): string => join(folder, 'node_modules', path);

beforeAll(async () => {
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  archives = [...(await packPackages(LIBRARIES, folder)).values()].map(({ archive }) => archive);
  const options = ['--no-audit', '--no-fund', '--no-save', '--prefer-offline', '--ignore-scripts'];
  await run('npm', ['install', ...options, ...archives, ...TOOLS], { cwd: folder });
}, INSTALL_TIMEOUT_MS);

describe('types', () => {
  const source = `
    import { RedisMetricsError, RedisMetricsService, type RedisMetricsOptions } from '@redmeter/redis-metrics';
    import { hashSlot } from '@redmeter/metric-format';
    import { readMetrics } from '@redmeter/metric-reader';
    import { activeSpanExemplar, RedisMetricExporter } from '@redmeter/opentelemetry';
    import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
    const options: RedisMetricsOptions = { redis: 'redis://localhost' };
    export const metrics: RedisMetricsService = new RedisMetricsService(options);
    // @ts-expect-error to see that types are found, not any
    metrics.incrementCounter(5);
    const exporter = new RedisMetricExporter({ redis: 'redis://localhost', gauges: 'last' });
    export const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
    // @ts-expect-error to see that types are found, not any
    new RedisMetricExporter({ redis: 'redis://localhost', gauges: 'most' });
    export const others: unknown[] = [RedisMetricsError, hashSlot('x').toFixed(), readMetrics, activeSpanExemplar];`;
  const names = ['index.ts', 'index.cts', 'index.mts'];
  const modes: readonly (readonly [title: string, options: string, files: readonly string[]])[] = [
    ['commonjs with node10', '--module commonjs --moduleResolution node10', ['index.ts']],
    ['node16', '--module node16', names],
    ['nodenext', '--module nodenext', names],
    ['esnext with bundler', '--module esnext --moduleResolution bundler', ['index.ts']],
    ['preserve', '--module preserve', ['index.ts']],
  ];

  beforeAll(async () => {
    for (const name of names) await writeFile(join(folder, name), source);
  });

  it.each([5, 6].flatMap((version) => modes.map((mode) => [version, ...mode] as const)))(
    'TypeScript %i finds them with %s',
    async (version, title, options, files) => {
      // TypeScript 6 still has node10, and warns.
      const deprecated = version === 6 && title.includes('node10') ? ['--ignoreDeprecations', '6.0'] : [];
      const always = '--noEmit --strict --exactOptionalPropertyTypes --target es2022 --types node'.split(' ');
      const argv = [...always, ...options.split(' '), ...deprecated, ...files];
      const { stdout } = await run(process.execPath, [bin(`typescript${version}/bin/tsc`), ...argv], {
        cwd: folder,
      }).catch((error: unknown) => error as { stdout: string });
      expect(stdout).toBe('');
    },
  );
});

/** Records with one service made by \`import\` and one by \`require\`, which are of one class. */
const mixed = `
  export async function record(required, imported) {
    if (required.RedisMetricsService !== imported.RedisMetricsService) throw new Error('two classes');
    const options = { redis: process.env.REDIS_URL, flushIntervalMs: 600000, ttlSeconds: 3600 };
    for (const { RedisMetricsService } of [required, imported]) {
      const metrics = new RedisMetricsService(options);
      metrics.incrementCounter('events', 2);
      await metrics.close();
    }
  }`;
const test = `
  test('records', async () => {
    const { RedisMetricsService } = require('@redmeter/redis-metrics');
    const metrics = new RedisMetricsService({ redis: process.env.REDIS_URL, flushIntervalMs: 600000, ttlSeconds: 3600 });
    metrics.incrementCounter('events', 2);
    await metrics.flush();
    expect(metrics.stats().counter).toEqual({ recorded: 1, flushed: 1, pending: 0, dropped: {} });
    await metrics.close();
  });`;

async function expectEvents(value: number): Promise<void> {
  expect(JSON.parse((await redis.client.get('metrics:counter:events')) ?? '{}')).toMatchObject({ value });
}

async function runNode(...argv: readonly string[]): Promise<void> {
  await run(argv[0] ?? '', argv.slice(1), {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', REDIS_URL: redis.url },
  });
}

it.each(['24', '22', '20.19'])('import and require give one library: Node %s', async (version) => {
  await writeFile(join(folder, 'record.mjs'), mixed);
  await writeFile(
    join(folder, 'mixed.cjs'),
    `const required = require('@redmeter/redis-metrics');
     void Promise.all([import('./record.mjs'), import('@redmeter/redis-metrics')])
       .then(([{ record }, imported]) => record(required, imported));`,
  );
  await writeFile(
    join(folder, 'mixed.mjs'),
    `import { createRequire } from 'node:module';
     import * as imported from '@redmeter/redis-metrics';
     import { record } from './record.mjs';
     await record(createRequire(import.meta.url)('@redmeter/redis-metrics'), imported);`,
  );
  const node = [join(checkout, 'scripts/node/with-node.sh'), version, 'node'];
  await runNode(...node, 'mixed.cjs');
  await expectEvents(4);
  await runNode(...node, 'mixed.mjs');
  await expectEvents(8);
});

it.each([
  ['24', '3'],
  ['22', '2'],
  ['20.19', '2'],
])('the exporter for OpenTelemetry runs on Node %s with version %s of its SDK', async (version, sdk) => {
  const project = join(folder, `otel-${version}`);
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "private": true }');
  const options = ['--no-audit', '--no-fund', '--no-save', '--prefer-offline', '--ignore-scripts'];
  await run('npm', ['install', ...options, ...archives, `@opentelemetry/sdk-metrics@${sdk}`], { cwd: project });
  const record = `
    const exporter = new RedisMetricExporter({ redis: process.env.REDIS_URL });
    const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
    provider.getMeter('test').createCounter('events').add(2);
    provider.shutdown().catch((error) => { console.error(error); process.exitCode = 1; });`;
  await writeFile(
    join(project, 'otel.cjs'),
    `const { MeterProvider, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
     const { RedisMetricExporter } = require('@redmeter/opentelemetry');${record}`,
  );
  await writeFile(
    join(project, 'otel.mjs'),
    `import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
     import { RedisMetricExporter } from '@redmeter/opentelemetry';${record}`,
  );
  for (const [i, file] of ['otel.cjs', 'otel.mjs'].entries()) {
    await runNode(join(checkout, 'scripts/node/with-node.sh'), version, 'node', join(project, file));
    await expectEvents(2 * (i + 1));
  }
});

it.each([29, 30])('Jest %i runs a test of a CommonJS project', async (version) => {
  const project = join(folder, `jest${version}-project`);
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "private": true, "jest": { "transform": {} } }');
  await writeFile(join(project, 'metrics.test.js'), test);
  await runNode(process.execPath, bin(`jest${version}/bin/jest.js`), '--rootDir', project);
  await expectEvents(2);
});

it('Jest 30 runs a test of ECMAScript modules', async () => {
  const project = join(folder, 'jest-esm-project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "type": "module", "jest": { "transform": {} } }');
  await writeFile(
    join(project, 'metrics.test.js'),
    `import { createRequire } from 'node:module';
     import { RedisMetricsService } from '@redmeter/redis-metrics';
     const require = createRequire(import.meta.url);
     test('is one library', () => {
       expect(require('@redmeter/redis-metrics').RedisMetricsService).toBe(RedisMetricsService);
     });
     ${test}`,
  );
  const jest = [process.execPath, '--experimental-vm-modules', bin('jest30/bin/jest.js')];
  await runNode(...jest, '--rootDir', project);
  await expectEvents(2);
});

it('Vitest runs a test', async () => {
  const project = join(folder, 'vitest-project');
  await mkdir(project);
  await writeFile(
    join(project, 'metrics.test.mjs'),
    `import { createRequire } from 'node:module';
     import { expect, test } from 'vitest';
     import { RedisMetricsService } from '@redmeter/redis-metrics';
     const require = createRequire(import.meta.url);
     test('is one library', () => {
       expect(require('@redmeter/redis-metrics').RedisMetricsService).toBe(RedisMetricsService);
     });
     ${test}`,
  );
  await runNode(process.execPath, bin('vitest/vitest.mjs'), 'run', '--root', project);
  await expectEvents(2);
});
