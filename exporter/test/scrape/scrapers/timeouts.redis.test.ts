import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedisServer, type RedisServer } from '@redmeter/test-servers';
import { setTimeout as pause } from 'node:timers/promises';
import { startHeldProxy } from '../../redis/held-proxy.js';
import { writeIndexed } from '../../reading/redis-state.js';
import { startTestExporter, type TestExporter } from '../../test-exporter.js';
import { valueOf } from '../../topologies/scrape-text.js';

let servers: [RedisServer, RedisServer];
beforeAll(async () => {
  servers = [await startRedisServer(), await startRedisServer()];
  for (const server of servers) {
    await writeIndexed(await server.connect(), { 'metrics:counter:jobs_total': '{"value":5}' });
  }
});
afterAll(async () => {
  for (const server of servers) await server.stop();
});

const scrape = async (exporter: TestExporter, seconds: string): Promise<string> =>
  exporter.metrics({ 'X-Prometheus-Scrape-Timeout-Seconds': seconds });

describe('a scraper that waits for', () => {
  it('no time at all costs no connection, and others nothing', async () => {
    const exporter = await startTestExporter(servers.map(({ url }) => url));
    const rebuilt = (text: string): number =>
      valueOf(text, 'redmeter_exporter_rebuilds_total{reason="reconnect"}') ?? 0;
    await exporter.metrics();
    for (let i = 0; i < 5; i += 1) {
      await scrape(exporter, '0.001');
      const text = await exporter.metrics();
      expect([valueOf(text, 'redmeter_up'), rebuilt(text)]).toEqual([1, 0]);
      expect(text.match(/^redmeter_node_up\{.*\} 1$/gm)).toHaveLength(2);
    }
    await exporter.stop();
  });

  it('less time than Redis takes gets no series, others get them, and it is logged once', async () => {
    const distant = await Promise.all(
      servers.map(async ({ port }) => startHeldProxy(port, async () => pause(300, true))),
    );
    const exporter = await startTestExporter(distant.map(({ url }) => url));
    await exporter.metrics();
    for (let i = 0; i < 3; i += 1) {
      // Each reading takes two round trips of 300 ms at least.
      const [hurried, patient] = await Promise.all([scrape(exporter, '0.5'), scrape(exporter, '10')]);
      expect([valueOf(hurried, 'redmeter_up'), valueOf(patient, 'redmeter_up')]).toEqual([0, 1]);
      expect(hurried).not.toContain('jobs_total');
      expect(patient.match(/^jobs_total\{.*\} 5$/gm)).toHaveLength(2);
    }
    expect(exporter.log.filter((line) => !line.startsWith('info serving'))).toEqual([
      expect.stringMatching(/^warn reading Redis took \d+ ms; a scrape with a timeout of 450 ms got no series$/),
    ]);
    await exporter.stop();
    for (const proxy of distant) await proxy.stop();
  });

  it('that are longer decide how long a silent node is waited for, even after a request with a shorter one', async () => {
    // One answer takes longer than the first scraper waits, and less than half as long as the second one does.
    let heldMs = 0;
    const slow = await startHeldProxy(servers[1].port, async () => pause(heldMs, true));
    const exporter = await startTestExporter([servers[0].url, slow.url]);
    await exporter.metrics();
    heldMs = 1500;
    const hurried = scrape(exporter, '1.5');
    const patient = await scrape(exporter, '60');
    expect(valueOf(await hurried, 'redmeter_up')).toBe(0);
    expect(patient.match(/^jobs_total\{.*\} 5$/gm)).toHaveLength(2);
    await exporter.stop();
    await slow.stop();
  });

  it('a few seconds gets the series of all but a node that hangs, at the first time', async () => {
    const hanging = await startRedisServer();
    await writeIndexed(await hanging.connect(), { 'metrics:counter:jobs_total': '{"value":7}' });
    const exporter = await startTestExporter([servers[0].url, hanging.url]);
    await exporter.metrics();
    process.kill(hanging.pid, 'SIGSTOP');
    const text = await scrape(exporter, '4');
    expect([valueOf(text, 'redmeter_up'), text.match(/^jobs_total\{.*\} 5$/gm)?.length]).toEqual([1, 1]);
    await exporter.stop();
    await hanging.stop();
  });
});
