import { expect } from '@jest/globals';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RedisMetricsService } from '@redmeter/redis-metrics';
import type { TestStack } from './test-stack.js';

/** What panels about trouble show: keys that cannot be read, too many series, dropped recordings, failing flushes. */
export async function makeTrouble({ redis, settings }: TestStack): Promise<void> {
  await redis.set('metrics:counter:truncated_json', '{"type":"counter","val');
  await redis.set('metrics:speedometer:unknown_type', '1');
  await redis.rpush('metrics:gauge:list', '1');
  const tooMany = Array.from({ length: 10_001 }, (_, n) => [`metrics:gauge:zz_too_many:n=${n}`, String(n)]);
  await redis.mset(...tooMany.flat());

  const writer = new RedisMetricsService({
    redis: `redis://redmeter-writer:${settings.passwords.writer}@127.0.0.1:${settings.ports.redis}`,
    writerId: 'careless',
    maxSeriesPerFamily: 1,
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  writer.incrementCounter('not a name');
  writer.incrementCounter('careless_total');
  writer.incrementCounter('careless_total', 1, { session: 's1' });
  await writer.flush();
  await redis.acl('SETUSER', 'redmeter-writer', '-evalsha', '-eval');
  writer.incrementCounter('careless_total');
  await expect(writer.flush()).rejects.toThrow(/NOPERM/);
  await redis.acl('SETUSER', 'redmeter-writer', '+evalsha', '+eval');
  await writer.close();
}

/** An experiment of two versions, of which the second answers 404, published as users do. */
export async function publishExperiment(stack: TestStack): Promise<void> {
  const folder = temporaryFolder();
  const experiment = `- task: http
  with:
    numRequests: 20
    qps: 0
    versionInfo: [{url: "${stack.storeUrl}/join"}, {url: "${stack.storeUrl}/no-such-endpoint"}]
- task: assess
  with:
    SLOs: {upper: [{metric: built-in/error-rate, limit: 0}, {metric: built-in/p95, limit: 60000}]}
    rewards: {min: [built-in/mean-latency]}
`;
  await writeFile(join(folder, 'experiment.yaml'), experiment);
  const { ports, passwords } = stack.settings;
  const command = join(__dirname, '../../packages/experiment/bin/redmeter.mjs');
  const child = spawn(process.execPath, [command, 'run', '--run-dir', folder, '--publish-name', 'two versions'], {
    env: {
      ...process.env,
      REDMETER_PUBLISH_REDIS: `redis://redmeter-writer:${passwords.writer}@127.0.0.1:${ports.redis}`,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let printed = '';
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  expect([code, printed]).toEqual([0, expect.not.stringContaining('publish')]);
}
