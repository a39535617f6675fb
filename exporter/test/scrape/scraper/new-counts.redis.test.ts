import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { Agent, get } from 'node:http';
import { writeIndexed } from '../../reading/redis-state.js';
import { startTestExporter, type TestExporter } from '../../test-exporter.js';

const server = useRedisServer({ flushBeforeEach: true });
let exporter: TestExporter;
const agents: Agent[] = [];

afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  await exporter.stop();
});

/** Scrapes by a connection of its own, which it keeps, as Prometheus does. */
function newScraper(headers: Readonly<Record<string, string>> = {}): () => Promise<string> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agents.push(agent);
  return async () =>
    new Promise((resolve, reject) => {
      get(`${exporter.url}/metrics`, { agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('end', () => resolve(text));
      }).on('error', reject);
    });
}

async function redisNowMs(): Promise<number> {
  const [seconds, micros] = await server.client.time();
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}

/** Writes a counter as the merge script does. */
async function count(value: number, createdMs: number, key = 'metrics:counter:jobs'): Promise<void> {
  const record = `{"type":"counter","value":${value},"created":${createdMs},"timestamp":${await redisNowMs()}}`;
  await writeIndexed(server.client, { [key]: record });
}

const jobs = (text: string): string | undefined => /^jobs (.*)$/m.exec(text)?.[1];

describe.each([
  ['a database that is scanned', 50_000],
  ['one of which only the indexes are read', 0],
])('in %s', (_, scanLimitKeys) => {
  beforeEach(async () => {
    exporter = await startTestExporter(server.url, { scanLimitKeys });
  });

  it('a new counter is 0 once, and then what it is', async () => {
    const scrape = newScraper();
    expect(jobs(await scrape())).toBeUndefined();
    await count(5, await redisNowMs());
    expect(jobs(await scrape())).toBe('0');
    expect(jobs(await scrape())).toBe('5');
    expect(jobs(await scrape())).toBe('5');
  });

  it('so is one that comes back after it was gone', async () => {
    const scrape = newScraper();
    await scrape();
    for (let run = 1; run <= 3; run += 1) {
      await count(1, await redisNowMs());
      expect(jobs(await scrape())).toBe('0');
      expect(jobs(await scrape())).toBe('1');
      await server.client.del('metrics:counter:jobs');
      await server.client.zrem('metrics-meta:live', 'metrics:counter:jobs');
      await server.client.zrem('metrics-meta:changed', 'metrics:counter:jobs');
      if (scanLimitKeys > 0) expect(jobs(await scrape())).toBeUndefined();
    }
  });

  it('so is one of which another began between two scrapes', async () => {
    const scrape = newScraper();
    await count(7, (await redisNowMs()) - 100_000);
    expect(jobs(await scrape())).toBe('7');
    await count(2, await redisNowMs());
    expect(jobs(await scrape())).toBe('0');
    expect(jobs(await scrape())).toBe('2');
  });

  it('a new histogram has all of it at 0, and no percentiles', async () => {
    const scrape = newScraper();
    await scrape();
    const nowMs = await redisNowMs();
    const record = `{"type":"histogram","count":3,"sum":12,"bounds":[5,10],"counts":[1,2,0],"window":[{"since":${nowMs},"counts":[0,0,0]}],"created":${nowMs},"timestamp":${nowMs}}`;
    await writeIndexed(server.client, { 'metrics:histogram:h': record });
    const lines = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('h_'));
    expect(lines(await scrape())).toEqual([
      ...['h_bucket{le="5.0"} 0', 'h_bucket{le="10.0"} 0', 'h_bucket{le="+Inf"} 0'],
      ...['h_sum 0', 'h_count 0'],
    ]);
    expect(lines(await scrape())).toEqual([
      ...['h_bucket{le="5.0"} 1', 'h_bucket{le="10.0"} 3', 'h_bucket{le="+Inf"} 3'],
      ...['h_sum 12', 'h_count 3', 'h_p50 6.25', 'h_p95 9.625', 'h_p99 9.924999999999999'],
    ]);
  });

  it('a gauge, a bare number and a count of long ago are what they are', async () => {
    const scrape = newScraper();
    await scrape();
    await count(5, (await redisNowMs()) - 60_000);
    await writeIndexed(server.client, { 'metrics:gauge:level': '{"value":3}', 'metrics:counter:bare': '4' });
    const text = await scrape();
    expect(text).toContain('\njobs 5\n');
    expect(text).toContain('\nlevel 3\n');
    expect(text).toContain('\nbare 4\n');
  });

  it('two who scrape in turn both see the 0 first', async () => {
    const scrapers = [newScraper(), newScraper()];
    const seen = scrapers.map((): (string | undefined)[] => []);
    const round = async (): Promise<void> => {
      for (const [i, scrape] of scrapers.entries()) seen[i]?.push(jobs(await scrape()));
    };
    await round();
    await round();
    seen.forEach((values) => values.splice(0));
    await count(5, await redisNowMs());
    for (let i = 0; i < 4; i += 1) await round();
    for (const values of seen) {
      expect(values[0]).toBe('0');
      expect(values.at(-1)).toBe('5');
      expect(values.indexOf('0', values.indexOf('5'))).toBe(-1);
    }
  });
});

describe('at its start', () => {
  it('shows what there is', async () => {
    await count(5, await redisNowMs());
    exporter = await startTestExporter(server.url);
    expect(jobs(await newScraper()())).toBe('5');
  });

  it('shows a Prometheus as 0 what began since about its last scrape before', async () => {
    await count(5, await redisNowMs());
    await count(6, (await redisNowMs()) - 60_000, 'metrics:counter:old');
    exporter = await startTestExporter(server.url);
    const scrape = newScraper({ 'X-Prometheus-Scrape-Timeout-Seconds': '5' });
    const text = await scrape();
    expect(jobs(text)).toBe('0');
    expect(text).toContain('\nold 6\n');
    expect(jobs(await scrape())).toBe('5');
  });
});

it('what was seen as 0 is not 0 again after a full read', async () => {
  exporter = await startTestExporter(server.url);
  const scrape = newScraper();
  await scrape();
  await count(5, await redisNowMs());
  expect(jobs(await scrape())).toBe('0');
  await server.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  let shown: string | undefined;
  for (let i = 0; i < 100 && shown === undefined; i += 1) shown = jobs(await scrape());
  expect(shown).toBe('5');
});
