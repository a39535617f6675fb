import { beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { freePort } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { clients, newestPython, runProgram, type Printed } from './run-program.js';

const INSTALL_TIMEOUT_MS = 900_000;
const PROCESSES = 3;
const JOBS = 80;
const ALL = (PROCESSES + 1) * JOBS;
const folder = join(clients, 'python');

const server = useRedisServer({ flushBeforeEach: true });
let python: string;
beforeAll(async () => {
  python = await newestPython();
}, INSTALL_TIMEOUT_MS);

const runService = (how: string, url = server.url): Promise<Printed> =>
  runProgram([python, join(folder, 'test/service.py'), url, how, `${PROCESSES}`, `${JOBS}`]);

async function stored(key: string): Promise<unknown> {
  return JSON.parse((await server.client.get(`metrics:${key}`)) ?? 'null');
}

describe.each(['fork', 'multiprocessing'])('prometheus_client in processes of %s', (how) => {
  it('counts together in Redis, and each process writes what it recorded once', async () => {
    const { out, err } = await runService(how);
    // A counter, a histogram and its refused value, the two sums of a summary, and the gauges.
    expect(JSON.parse(out)).toMatchObject({ recorded: 5 * JOBS + 5, flushed: 0, dropped: { invalid_value: 1 } });
    expect(err).toContain("metric 'job_ms': recordings are dropped: invalid_value");

    expect(await stored('counter:jobs_done_total:queue=mail')).toMatchObject({
      value: ALL,
      exemplars: [{ labels: { trace_id: `job ${JOBS - 1}` }, value: 1 }],
    });
    expect(await stored('counter:jobs_done_total:queue=parent')).toMatchObject({ value: 1 });
    const took = await stored('histogram:job_ms');
    expect(took).toMatchObject({ count: ALL, sum: 19.5 * ALL, bounds: [5, 10, 25] });
    // The last job of each bucket.
    const { exemplars } = took as { exemplars: { labels: object; value: number }[] };
    expect(exemplars.map(({ labels, value }) => [labels, value]).sort(([, a], [, b]) => Number(a) - Number(b))).toEqual(
      [45, 50, 65, 79].map((job) => [{ trace_id: `job ${job}` }, job % 40]),
    );
    expect(await stored('counter:job_bytes_count')).toMatchObject({ value: ALL });
    expect(await stored('counter:job_bytes_sum')).toMatchObject({ value: 2.5 * ALL });
    expect(await stored('gauge:jobs_running')).toMatchObject({ value: 0, mode: 'sum' });
    expect(await stored('gauge:last_job')).toMatchObject({ value: JOBS, mode: 'last' });
    const own = await server.client.keys('metrics:gauge:own_jobs:process=*');
    expect(own).toHaveLength(PROCESSES + 1);
    // Each process has an id of its own.
    expect(await server.client.keys('metrics-meta:writer:*')).toHaveLength(PROCESSES + 1);
    expect(await server.client.pttl('metrics:counter:jobs_done_total:queue=mail')).toBeGreaterThan(1_000_000);
  });
});

it('goes on without Redis, and says what it drops', async () => {
  const { err } = await runService('fork', `redis://127.0.0.1:${await freePort()}`);
  expect(err).toContain("metric 'jobs_done_total': recordings are dropped: in_doubt");
});

it('collects what all processes wrote', async () => {
  await runService('fork');
  const { out } = await runProgram([
    ...[python, '-c'],
    `import sys; sys.path.insert(0, sys.argv[2])
from prometheus_client import CollectorRegistry, generate_latest
from redmeter.prometheus import RedisCollector
registry = CollectorRegistry()
registry.register(RedisCollector(sys.argv[1]))
print(generate_latest(registry).decode())`,
    ...[server.url, join(folder, 'src')],
  ]);
  expect(out).toContain(`jobs_done_total{queue="mail"} ${ALL}.0\n`);
  expect(out).toContain(`job_ms_bucket{le="+Inf"} ${ALL}.0\n`);
  expect(out).toContain('# TYPE last_job gauge\n');
});

it('leaves out exemplars that are none, says so, and counts their recordings', async () => {
  const { out, err } = await runProgram([
    ...[python, '-c'],
    `import json, sys; sys.path.insert(0, sys.argv[2])
from redmeter import MergeWriter
writer = MergeWriter(sys.argv[1])
for type_ in ("counter", "gauge"):
    getattr(writer, f"declare_{type_}")(type_, **({"mode": "sum"} if type_ == "gauge" else {}))
bad = ({"a b": "x"}, {"": "x"}, {"id": "x" * 127}, {"id": None}, {"id": b"x"}, {"id": "\\ud800"}, {5: "x"}, 5, "text", [1])
for exemplar in bad:
    writer.add("counter", 1, exemplar)
writer.add("counter", 1, {})
writer.add("counter", 1, {"id": ""})
writer.add("gauge", 1, {"id": "x"})
writer.close()
writer.add("counter", 1, {"id": "x"})
print(json.dumps(writer.statistics()))`,
    ...[server.url, join(folder, 'src')],
  ]);
  expect(JSON.parse(out)).toMatchObject({ flushed: 13, dropped: { closed: 1 }, exemplars_dropped: 11 });
  expect(await stored('counter:counter')).toMatchObject({ value: 12 });
  expect(await stored('counter:counter')).not.toHaveProperty('exemplars');
  expect(err).toContain("metric 'counter': left out: exemplar: expected names of letters, digits and _ with text");
  expect(err).toContain("metric 'gauge': left out: exemplar: expected one of a counter or a histogram");
});

it('has types without holes', async () => {
  const { out } = await runProgram([
    ...[python, '-m', 'mypy', '--no-incremental', '--cache-dir=/dev/null'],
    ...['--config-file', join(folder, 'pyproject.toml'), join(folder, 'src')],
  ]);
  expect(out).toMatch(/^Success/);
});
