import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { bridgePromClient, RedisMetricsService, type PromClientBridgeOptions } from '../../../src/index.js';
import { RecordedLog } from '../../service/recorded-log.js';
import { readSeries } from '../series-texts.js';

const SCRIPT = readFileSync(join(__dirname, '../../../../../configs/redis-exporter.lua'), 'utf8');

const server = useRedisServer({ flushBeforeEach: true });
let metrics: RedisMetricsService;
let registers: Registry[];

beforeEach(() => {
  const options = { flushIntervalMs: 600_000, ttlSeconds: 3600, logger: new RecordedLog(), ownMetrics: false };
  metrics = new RedisMetricsService({ redis: server.url, ...options });
  registers = [new Registry()];
});
afterEach(() => metrics.close());

async function carry(options: PromClientBridgeOptions = {}): Promise<void> {
  for (const register of registers) bridgePromClient(register, metrics, options);
  await metrics.flush();
}

it('satisfy promtool: of gauges none ends with _total', async () => {
  for (const register of registers) collectDefaultMetrics({ register });
  new Gauge({ name: 'stock_total', help: 'Items in stock.', registers }).set(3);
  new Counter({ name: 'orders_total', help: 'Orders.', registers }).inc();
  await carry();
  const lines = (await server.client.eval(SCRIPT, 0)) as string[];
  expect(lines.filter((line) => /^# TYPE (stock|orders|nodejs_active_handles)_/.test(line))).toEqual([
    '# TYPE nodejs_active_handles_current gauge',
    '# TYPE orders_total counter',
    '# TYPE stock_current gauge',
  ]);
  const { stderr, error } = spawnSync('promtool', ['check', 'metrics'], { input: `${lines.join('\n')}\n` });
  expect(error).toBeUndefined();
  expect(stderr.toString()).toBe('');
});

it('stay what they are where the registry has the other name, too', async () => {
  new Gauge({ name: 'stock_total', help: 'Items in stock.', registers }).set(3);
  new Gauge({ name: 'stock_current', help: 'Items on the shelf.', registers }).set(1);
  await carry({ gauges: 'last' });
  expect(await readSeries(server.client)).toEqual({ stock_total: 3, stock_current: 1 });
});

it('have modes by the name in prom-client', async () => {
  new Gauge({ name: 'stock_total', help: 'Items in stock.', registers }).set(3);
  const asked: string[] = [];
  await carry({
    gauges: (name) => {
      asked.push(name);
      return 'last';
    },
  });
  expect(asked).toEqual(['stock_total']);
  expect(await readSeries(server.client)).toEqual({ stock_current: 3 });
});
