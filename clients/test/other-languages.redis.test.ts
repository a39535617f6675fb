import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RedisMetricsService } from '@redmeter/redis-metrics';
import { waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { startCuttingProxy } from '../../packages/redis-metrics/test/service/cutting-proxy.js';
import { startAskingProxy, type AskingProxy } from './asking-proxy.js';
import { interpreter } from './interpreter.js';

const run = promisify(execFile);
const folder = join(__dirname, '..');
const CUTS = 4;
/** What each example records by default: rounds of a hundred, whose values run from 0 to 39 and on to 99. */
const ROUNDS = 10;
const PER_ROUND = 100;
const SUM = Array.from({ length: PER_ROUND }, (_, job) => job % 40).reduce((sum, value) => sum + value, 0);
const COUNTS = [18, 15, 39, 28];
const COUNTER_KEY = 'metrics:counter:jobs_done:queue=mail%2C urgent';
const HISTOGRAM_KEY = 'metrics:histogram:job_ms:queue=mail%2C urgent';

const languages = {
  Python: (port: number, rounds = ROUNDS) =>
    run(interpreter('python-redis'), [
      ...['-B', join(folder, 'python/examples/record.py')],
      ...[`redis://127.0.0.1:${port}`, 'metrics', `${rounds}`],
    ]),
  PHP: (port: number, rounds = ROUNDS) =>
    run(interpreter('php-redis'), [
      join(folder, 'php/examples/record.php'),
      ...['127.0.0.1', `${port}`, 'metrics', `${rounds}`],
    ]),
};
const names = Object.keys(languages) as (keyof typeof languages)[];

const server = useRedisServer({ flushBeforeEach: true });

async function stored(key: string): Promise<unknown> {
  return JSON.parse((await server.client.get(key)) ?? 'null');
}

async function expectStoredRounds(rounds: number): Promise<void> {
  expect(await stored(COUNTER_KEY)).toMatchObject({ type: 'counter', value: rounds * PER_ROUND });
  expect(await stored(HISTOGRAM_KEY)).toMatchObject({
    type: 'histogram',
    bounds: [5, 10, 25],
    count: rounds * PER_ROUND,
    sum: rounds * SUM,
    counts: COUNTS.map((count) => rounds * count),
  });
}

/** Watches the calls of the merge script; the function it returns ends that, and tells the incarnations in their order. */
async function watchMergeCalls(): Promise<() => Promise<string[]>> {
  const monitor = await server.client.monitor();
  const incarnations: string[] = [];
  let isOver = false;
  monitor.on('monitor', (_time: string, words: readonly string[]) => {
    const ledger = words.find((word) => word.startsWith('metrics-meta:writer:'));
    if (/^evalsha$/i.test(words[0] ?? '') && ledger !== undefined) incarnations.push(ledger);
    isOver ||= words[1] === 'over';
  });
  return async () => {
    await server.client.echo('over');
    await waitFor(() => isOver, 'MONITOR has shown all commands');
    monitor.disconnect();
    return incarnations;
  };
}

/** Records rounds until it is stopped; returns how many it has written. */
class NodeWriter {
  written = 0;
  readonly #metrics = new RedisMetricsService({ redis: server.url, flushIntervalMs: 50 });
  readonly #ended: Promise<void>;
  #isToEnd = false;

  constructor() {
    this.#ended = this.#record();
  }

  async end(): Promise<void> {
    this.#isToEnd = true;
    await this.#ended;
  }

  async #record(): Promise<void> {
    const labels = { queue: 'mail, urgent' };
    const done = this.#metrics.counter({ name: 'jobs_done', labelNames: ['queue'] }).labels(labels);
    const took = this.#metrics
      .histogram({ name: 'job_ms', labelNames: ['queue'], buckets: [5, 10, 25] })
      .labels(labels);
    while (!this.#isToEnd) {
      for (let job = 0; job < PER_ROUND; job += 1) {
        done.inc();
        took.observe(job % 40);
      }
      await this.#metrics.flush();
      this.written += 1;
    }
    await this.#metrics.close();
  }
}

it('all write the same counter and histogram in turns with Node, and the sums are exact', async () => {
  const mergeCalls = await watchMergeCalls();
  const node = new NodeWriter();
  const applied = new Map(names.map((name) => [name, 0]));
  // Each hears of its batch when the other has come as far, and Node has begun and ended a batch since the last one.
  const proxyFor = async (name: keyof typeof languages): Promise<AskingProxy> => {
    let nodeBefore = 0;
    return startAskingProxy(server.port, async (said) => {
      if (!said.includes('applied')) return true;
      const count = (applied.get(name) ?? 0) + 1;
      applied.set(name, count);
      const others = (): boolean => [...applied.values()].every((other) => other >= count);
      await waitFor(() => others() && node.written > nodeBefore + 1, 'every writer has written', 60_000);
      nodeBefore = node.written;
      return true;
    });
  };
  const record = async (name: keyof typeof languages): Promise<string> => {
    const proxy = await proxyFor(name);
    const child = languages[name](proxy.port);
    return (await child.finally(() => proxy.stop())).stdout;
  };
  const printed = await Promise.all(names.map(record)).finally(() => node.end());

  expect(printed).toEqual(names.map(() => `recorded ${ROUNDS * PER_ROUND}, lost 0\n`));
  await expectStoredRounds(names.length * ROUNDS + node.written);
  const incarnations = await mergeCalls();
  const writers = [...new Set(incarnations)];
  expect(writers).toHaveLength(names.length + 1);
  for (const writer of writers) {
    const between = incarnations.slice(incarnations.indexOf(writer), incarnations.lastIndexOf(writer));
    for (const other of writers) {
      // All but the first, and the last.
      expect(between.filter((incarnation) => incarnation === other).length).toBeGreaterThanOrEqual(ROUNDS - 2);
    }
  }
});

describe.each(names)('%s', (name) => {
  it('counts once what was applied though its answer was cut off', async () => {
    const proxy = await startCuttingProxy(server.port);
    proxy.cutReplies(CUTS, /applied|duplicate/);
    const child = languages[name](Number(new URL(proxy.url).port));
    const { stdout, stderr } = await child.finally(() => proxy.stop());
    expect([stdout, proxy.cuts]).toEqual([`recorded ${ROUNDS * PER_ROUND}, lost 0\n`, CUTS]);
    expect(stderr.match(/sending again/g)).toHaveLength(CUTS);
    await expectStoredRounds(ROUNDS);
  });

  /** Sets Redis back, when batch `to` is applied, to what it held after batch `from`; the answer to `to` is cut off. */
  async function recordSetBack(from: number, to: number, rounds: number): Promise<string> {
    let count = 0;
    let copy: Promise<(readonly [key: string, ttlMs: number, dump: Buffer])[]> | undefined;
    const proxy = await startAskingProxy(server.port, async (said) => {
      if (!said.includes('applied')) return true;
      count += 1;
      if (count === from) copy = copyAll();
      const copied = await copy;
      if (count !== to || copied === undefined) return true;
      await server.client.flushall();
      for (const [key, ttlMs, dump] of copied) await server.client.restore(key, Math.max(0, ttlMs), dump);
      return false;
    });
    const child = languages[name](proxy.port, rounds);
    return (await child.finally(() => proxy.stop())).stdout;
  }

  async function copyAll(): Promise<(readonly [string, number, Buffer])[]> {
    const keys = await server.client.keys('*');
    return Promise.all(
      keys.map(async (key) => [key, await server.client.pttl(key), await server.client.dumpBuffer(key)] as const),
    );
  }

  it('sends again what Redis lost after it had answered', async () => {
    expect(await recordSetBack(3, 7, ROUNDS)).toBe(`recorded ${ROUNDS * PER_ROUND}, lost 0\n`);
    await expectStoredRounds(ROUNDS);
  });

  it('counts as lost what is too old to be sent again, and sends what is not', async () => {
    const [rounds, from, to, kept] = [80, 3, 75, 64];
    const lost = to - from - 1 - kept;
    // An increment and an observation each.
    expect(await recordSetBack(from, to, rounds)).toBe(
      `recorded ${rounds * PER_ROUND}, lost ${lost * 2 * PER_ROUND}\n`,
    );
    await expectStoredRounds(rounds - lost);
  });

  /** Does something to Redis when a batch is applied, whose answer is then cut off. */
  async function recordDisturbed(at: number, disturb: () => Promise<unknown>): Promise<string> {
    let count = 0;
    const proxy = await startAskingProxy(server.port, async (said) => {
      if (said.includes('applied')) count += 1;
      if (!said.includes('applied') || count !== at) return true;
      await disturb();
      return false;
    });
    const child = languages[name](proxy.port);
    return (await child.finally(() => proxy.stop())).stdout;
  }

  it('sends again what it holds when Redis went back to before its first batch', async () => {
    const goBack = async (): Promise<void> => {
      const dataset = await server.client.get('metrics-meta:dataset');
      await server.client.flushall();
      await server.client.set('metrics-meta:dataset', dataset ?? '');
    };
    expect(await recordDisturbed(7, goBack)).toBe(`recorded ${ROUNDS * PER_ROUND}, lost 0\n`);
    await expectStoredRounds(ROUNDS);
  });

  it('counts as lost what was answered before all data were removed', async () => {
    const answered = 6;
    expect(await recordDisturbed(answered + 1, () => server.client.flushall())).toBe(
      `recorded ${ROUNDS * PER_ROUND}, lost ${answered * 2 * PER_ROUND}\n`,
    );
    await expectStoredRounds(ROUNDS - answered);
  });

  it.each(['dataset', 'writer:*', 'mark:*'])('counts nothing twice when metrics-meta:%s is removed', async (key) => {
    const remove = async (): Promise<void> => {
      expect(await server.client.del(await server.client.keys(`metrics-meta:${key}`))).toBe(1);
    };
    expect(await recordDisturbed(7, remove)).toBe(`recorded ${ROUNDS * PER_ROUND}, lost 0\n`);
    await expectStoredRounds(ROUNDS);
  });
});
