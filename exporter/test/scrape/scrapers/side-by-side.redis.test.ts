import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { shardTags } from '@redmeter/metric-format';
import { startRedisServer, type RedisServer } from '@redmeter/test-servers';
import { writeIndexed, writeToShard } from '../../reading/redis-state.js';
import { startHeldProxy } from '../../redis/held-proxy.js';
import { startTestExporter } from '../../test-exporter.js';
import { valueOf } from '../../topologies/scrape-text.js';

let servers: [RedisServer, RedisServer];
beforeAll(async () => {
  servers = [await startRedisServer(), await startRedisServer()];
});
afterAll(async () => {
  for (const server of servers) await server.stop();
});

/** Lets nobody on until so many different ones have come. */
class Meeting {
  readonly #size: number;
  readonly #there = new Set<string>();
  readonly #all: Promise<void>;
  #open: () => void = () => undefined;

  constructor(size: number) {
    this.#size = size;
    this.#all = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  async wait(who: string): Promise<void> {
    this.#there.add(who);
    if (this.#there.size >= this.#size) this.#open();
    return this.#all;
  }
}

const asksForValues = (request: string): boolean => /MGET\r\n\$\d+\r\nmetrics:/.test(request);

describe('values are read at the same time', () => {
  it('from several Redis: there is no response before both are queried', async () => {
    let meeting: Meeting | undefined;
    const proxies = await Promise.all(
      servers.map(async (server) => {
        await writeIndexed(await server.connect(), { 'metrics:counter:jobs_total': '{"value":5}' });
        return startHeldProxy(server.port, async (request) => {
          if (asksForValues(request)) await meeting?.wait(String(server.port));
          return true;
        });
      }),
    );
    const exporter = await startTestExporter(proxies.map(({ url }) => url));
    for (let i = 0; i < 2; i += 1) {
      meeting = new Meeting(2);
      const text = await exporter.metrics({ 'X-Prometheus-Scrape-Timeout-Seconds': '60' });
      expect([valueOf(text, 'redmeter_up'), text.match(/^jobs_total\{.*\} 5$/gm)?.length]).toEqual([1, 2]);
    }
    await exporter.stop();
    for (const proxy of proxies) await proxy.stop();
  });

  it('of several shards: there is no response before all are queried', async () => {
    const tags = shardTags(3);
    const redis = await servers[0].connect();
    await redis.flushall();
    for (const tag of tags) {
      await writeToShard(
        redis,
        { tag, shards: 3 },
        { [`metrics:{${tag}}:counter:shards_total:t=${tag}`]: '{"value":5}' },
      );
    }
    const asked = new Set<string>();
    let release: () => void = () => undefined;
    const all = new Promise<void>((resolve) => {
      release = resolve;
    });
    const proxy = await startHeldProxy(servers[0].port, async (request) => {
      for (const tag of tags) if (request.includes(`metrics:{${tag}}:counter:shards_total`)) asked.add(tag);
      if (asked.size === tags.length) release();
      if (asksForValues(request)) await all;
      return true;
    });
    const exporter = await startTestExporter(proxy.url);
    const text = await exporter.metrics({ 'X-Prometheus-Scrape-Timeout-Seconds': '60' });
    expect(text.match(/^shards_total\{.*\} 5$/gm)).toHaveLength(3);
    await exporter.stop();
    await proxy.stop();
  });
});
