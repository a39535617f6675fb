import { prometheus3, startPrometheus, type PrometheusServer, waitFor } from '@redmeter/test-servers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

const exemplarTime = Math.floor(Date.now() / 1000) - 10 + 0.125;
const TEXT = `# TYPE jobs counter
jobs_total 5 # {trace_id="abc"} 1.5 ${exemplarTime}
# EOF
`;
let prometheus: PrometheusServer;
let target: Server;

beforeAll(async () => {
  target = createServer((_, response) => {
    response.setHeader('Content-Type', 'application/openmetrics-text; version=1.0.0');
    response.end(TEXT);
  });
  await once(target.listen(0, '127.0.0.1'), 'listening');
  const { port } = target.address() as AddressInfo;
  prometheus = await startPrometheus({
    program: prometheus3().prometheus,
    config: {
      global: { scrape_interval: '1s' },
      scrape_configs: [{ job_name: 'own', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
    },
    args: ['--enable-feature=exemplar-storage'],
  });
});

afterAll(async () => {
  await prometheus.stop();
  target.close().closeAllConnections();
});

it('it is the version whose program is named', async () => {
  const response = await fetch(`${prometheus.url}/api/v1/status/buildinfo`);
  expect(((await response.json()) as { data: { version: string } }).data.version).toMatch(/^3\.\d+\.\d+$/);
  expect(execFileSync(prometheus3().promtool, ['--version'], { encoding: 'utf8' })).toContain('promtool, version 3.');
});

it('it scrapes its targets, and answers queries', async () => {
  const { client } = prometheus;
  await client.nextScrape(90_000, 'up{job="own"}');
  expect(await client.value('jobs_total')).toBe(5);
  expect(await client.samples('jobs_total[1m]')).toContain(5);
  await expect(client.query('sum(')).rejects.toThrow('sum(: invalid parameter "query"');
});

it('it answers with exemplars', async () => {
  const found = await waitFor(async () => {
    const [first] = await prometheus.client.exemplars('jobs_total');
    return first;
  }, 'an exemplar is stored');
  expect(found.labels).toMatchObject({ __name__: 'jobs_total', job: 'own' });
  expect(found.exemplars).toEqual([{ labels: { trace_id: 'abc' }, value: 1.5, time: exemplarTime }]);
});

it('what is wrong with a configuration is in the error', async () => {
  await expect(
    startPrometheus({ program: prometheus3().prometheus, config: { scrape_configs: [{ job_name: 7, wrong: true }] } }),
  ).rejects.toThrow('field wrong not found');
});
