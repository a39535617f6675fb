import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { RedisMetricsService } from '@redmeter/redis-metrics';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { startCuttingProxy } from '../../packages/redis-metrics/test/service/cutting-proxy.js';
import { interpreter } from './interpreter.js';
import { clients, php, runProgram } from './run-program.js';

const ROUNDS = 60;
const PER_ROUND = 100;
const STRIKE_EVERY_MS = 15;
/** So many answers are cut off at least, when their batch was applied. */
const CUTS = 5;
const KEY = 'metrics:counter:jobs_done:queue=mail%2C urgent';

/** Broken connections are the point. */
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const server = useRedisServer();

it('writers in Node, Python and PHP on one counter, their answers and connections cut: the sum is exact', async () => {
  const proxy = await startCuttingProxy(server.port);
  const port = new URL(proxy.url).port;
  let strikes = 0;
  // By turns: an answer to a batch that was applied never arrives, all connections break, and Redis forgets its scripts.
  const striking = setInterval(() => {
    strikes += 1;
    if (strikes % 10 === 0) void server.client.script('FLUSH');
    else if (strikes % 3 === 0) proxy.cutConnections();
    else proxy.cutReplies(1, /applied|duplicate/);
  }, STRIKE_EVERY_MS);

  const node = new RedisMetricsService({ redis: proxy.url, flushIntervalMs: 10, logger: silent });
  const done = node.counter({ name: 'jobs_done', labelNames: ['queue'] }).labels({ queue: 'mail, urgent' });
  let isOver = false;
  let recorded = 0;
  const recordInNode = async (): Promise<void> => {
    while (!isOver) {
      done.inc();
      recorded += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const recording = recordInNode();
  const printed = await Promise.all([
    runProgram([
      ...[interpreter('python-redis'), join(clients, 'python/examples/record.py')],
      ...[proxy.url, 'metrics', `${ROUNDS}`],
    ]),
    runProgram(php('examples/record.php', '127.0.0.1', port, 'metrics', `${ROUNDS}`)),
  ]).finally(async () => {
    isOver = true;
    await recording;
    clearInterval(striking);
    proxy.cutReplies(0, /^/);
    await node.close();
    await proxy.stop();
  });

  expect(printed.map(({ out }) => out)).toEqual(Array(2).fill(`recorded ${ROUNDS * PER_ROUND}, lost 0\n`));
  for (const { err } of printed) expect(err).toContain('sending again');
  expect(recorded).toBeGreaterThan(PER_ROUND);
  expect(proxy.cuts).toBeGreaterThanOrEqual(CUTS);
  const { value } = JSON.parse((await server.client.get(KEY)) ?? '') as { value: number };
  expect(value).toBe(2 * ROUNDS * PER_ROUND + recorded);
});
