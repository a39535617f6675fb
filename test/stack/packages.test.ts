import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { checkout } from '@redmeter/stack';
import { startRedisServer, type RedisServer } from '@redmeter/test-servers';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { packPackages, type Packed } from './pack-packages.js';

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 240_000;

/** What each package holds beside its manifest, README, licence, and its compiled modules with their types. */
const contents = {
  'packages/http-server': [],
  'packages/metric-format': ['esm/', 'vectors/'],
  'packages/metric-reader': ['esm/'],
  'packages/redis-connector': ['esm/'],
  'packages/redis-metrics': ['docs/', 'esm/', 'lua/'],
  'packages/opentelemetry': ['esm/'],
  'packages/experiment': ['bin/', 'hub/', 'schema/', 'templates/'],
  'packages/release': ['schema/'],
  'packages/service': ['proto/'],
  exporter: ['bin/', 'page/static/'],
} as const;
type Workspace = keyof typeof contents;
const workspaces = Object.keys(contents) as Workspace[];

let packed: ReadonlyMap<Workspace, Packed>;
const folder = temporaryFolder();

beforeAll(async () => {
  packed = await packPackages(workspaces, folder);
}, INSTALL_TIMEOUT_MS);

describe.each(workspaces)('the package of %s', (workspace) => {
  it('holds what it needs and no more', async () => {
    const paths = packed.get(workspace)?.paths ?? [];
    const { bin, main } = JSON.parse(await readFile(join(checkout, workspace, 'package.json'), 'utf8')) as {
      bin?: Record<string, string>;
      main: string;
    };
    const modules = dirname(main).slice(2);
    expect(paths).toEqual(
      expect.arrayContaining(['package.json', 'README.md', 'LICENSE', `${modules}/index.js`, `${modules}/index.d.ts`]),
    );
    const expected = [/^(package\.json|README\.md|LICENSE|cjs\/package\.json)$/, /^(cjs|dist)\/[^.]+(\.d\.ts|\.js)$/];
    const folders = contents[workspace];
    expect(
      paths.filter(
        (path) => !expected.some((form) => form.test(path)) && !folders.some((name) => path.startsWith(name)),
      ),
    ).toEqual([]);
    for (const name of folders) expect(paths.some((path) => path.startsWith(name))).toBe(true);
    expect(paths).toEqual(expect.arrayContaining(Object.values(bin ?? {})));
  });
});

it('are all packages that are public, each with what the registry shows', async () => {
  const { workspaces: all } = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')) as {
    workspaces: string[];
  };
  const manifests = await Promise.all(
    all.map(async (workspace) => {
      const text = await readFile(join(checkout, workspace, 'package.json'), 'utf8');
      return [workspace, JSON.parse(text) as Record<string, unknown>] as const;
    }),
  );
  const open = manifests.filter(([, manifest]) => manifest['private'] !== true);
  expect(open.map(([workspace]) => workspace).sort()).toEqual([...workspaces].sort());
  for (const [directory, manifest] of open) {
    expect(manifest).toMatchObject({
      description: expect.any(String),
      keywords: expect.arrayContaining(['redmeter']),
      homepage: expect.stringContaining(directory),
      bugs: { url: expect.stringContaining('/issues') },
      repository: { type: 'git', directory },
      publishConfig: { access: 'public', provenance: true },
    });
    expect(manifest).toHaveProperty('sideEffects');
  }
});

it('are released by one command, but for the push, with publint and types checked in each archive', async () => {
  const { stdout } = await run(process.execPath, [join(checkout, 'scripts/release.mjs'), '--no-checks'], {
    cwd: checkout,
  });
  for (const { archive } of packed.values()) expect(stdout).toContain(`${basename(archive)}: ok`);
  expect(stdout).toContain(`${workspaces.length} packages are ready`);
});

describe('installed outside the clone', () => {
  let redis: RedisServer;
  let server: Server;

  beforeAll(async () => {
    redis = await startRedisServer();
    server = createServer((_request, response) => response.end('ok'));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    await writeFile(join(folder, 'package.json'), '{"private":true,"type":"module"}');
    const archives = [...packed.values()].map(({ archive }) => archive);
    await run('npm', ['install', '--no-audit', '--no-fund', '--no-save', ...archives], { cwd: folder });
  }, INSTALL_TIMEOUT_MS);
  afterAll(async () => {
    server.close();
    await redis.stop();
  });

  async function npx(...argv: string[]): Promise<string> {
    return (await run('npx', ['--no-install', ...argv], { cwd: folder })).stdout;
  }

  it('redmeter copies a sample, runs it, asserts and reports', async () => {
    await npx('redmeter', 'hub', '-e', 'load-test');
    const spec = join(folder, 'load-test/experiment.yaml');
    const { port } = server.address() as AddressInfo;
    const text = await readFile(spec, 'utf8');
    // No limit on latency: it would judge this machine.
    await writeFile(
      spec,
      text.replaceAll('localhost:5050', `127.0.0.1:${port}`).replace('upperLimit: 500', 'upperLimit: 60000'),
    );
    await npx('redmeter', 'run', '--run-dir', 'load-test');
    expect(await npx('redmeter', 'assert', '--run-dir', 'load-test', '-c', 'completed,nofailure,slos')).toBe(
      'completed: holds\nnofailure: holds\nslos: holds\n',
    );
    expect(await npx('redmeter', 'report', '--run-dir', 'load-test')).toContain('built-in/request-count|100');
  });

  it('redmeter serves and releases, since their packages are there', async () => {
    expect(await npx('redmeter', 'serve', '--help')).toContain('--iter8-abi <version>');
    await npx('redmeter', 'hub', '-e', 'blue-green');
    const plan = ['release', 'plan', '-f', 'blue-green/release.yaml', '--set', 'REDIS_READER_PASSWORD=x'];
    expect(await npx('redmeter', ...plan)).toMatch(/^\+ share of v1: 100 %$/m);
  });

  it('the library records and the native exporter shows it', async () => {
    await writeFile(
      join(folder, 'record.js'),
      `import { RedisMetricsService } from '@redmeter/redis-metrics';
       const metrics = new RedisMetricsService({ redis: process.argv[2] });
       metrics.incrementCounter('user_events', 3, { event: 'joined' });
       await metrics.close();`,
    );
    await run(process.execPath, ['record.js', redis.url], { cwd: folder });
    expect(await npx('redmeter-exporter', '--redis', redis.url, '--once')).toMatch(
      /^user_events\{event="joined"\} 3$/m,
    );
  });
});
