import { temporaryFolder } from '@redmeter/test-servers/jest';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildRedisExporter, checkout, readCheckoutSettings } from '@redmeter/stack';
import { startTestStack, type TestStack } from './test-stack.js';

const { exporterVersion } = readCheckoutSettings(checkout, process.env);
const SERIES = 1500;

// Built with Go, since the version that Debian has takes one script.
describe('redis_exporter with several pages of the script', () => {
  const folder = temporaryFolder();
  let stack: TestStack;
  beforeAll(async () => {
    const generator = join(checkout, 'scripts/generate-lua.mjs');
    const { stdout } = spawnSync(process.execPath, [generator, '--pages', '8', '--output', folder], {
      encoding: 'utf8',
      env: { ...process.env, INIT_CWD: '/' },
    });
    const files =
      /^-script (.+)$/m
        .exec(stdout)?.[1]
        ?.split(',')
        .map((file) => `/${file}`) ?? [];
    expect(files).toHaveLength(8);
    const exporter = await buildRedisExporter(checkout, exporterVersion, process.env);
    // The last of two flags counts.
    const program = join(folder, 'redis_exporter');
    await writeFile(program, `#!/bin/sh\nexec '${exporter}' "$@" -script '${files.join(',')}'\n`, { mode: 0o755 });
    stack = await startTestStack({ parts: ['redis', 'exporter', 'prometheus'], programs: { redis_exporter: program } });
  }, 300_000);
  afterAll(() => stack.stop());

  it('gives Prometheus each series once, with its own labels', async () => {
    const keys = Array.from({ length: SERIES }, (_, i) => [`metrics:counter:paged:i=${i},path=/a b`, String(i)]);
    await stack.redis.mset(keys.flat());
    await stack.prometheus.nextScrape();
    expect(await stack.prometheus.value('count(paged)')).toBe(SERIES);
    expect(await stack.prometheus.value('sum(paged)')).toBe((SERIES * (SERIES - 1)) / 2);
    expect(await stack.prometheus.query('paged{i="77"}')).toMatchObject([
      { labels: { __name__: 'paged', job: 'redis-exporter', instance: 'redis', i: '77', path: '/a b' }, value: 77 },
    ]);
    expect(await stack.prometheus.value('count(redmeter_series{type="counter"})')).toBe(8);
    expect(await stack.prometheus.value('sum by (instance) (redmeter_series)')).toBe(SERIES);
    expect(await stack.prometheus.value('max by (job, instance) (redmeter_series_limit)')).toBe(2000);
    expect(await stack.prometheus.query('{__name__="redis_script_values"}')).toEqual([]);
    expect(await stack.prometheus.query('redis_script_result != 1')).toEqual([]);
  });
});
