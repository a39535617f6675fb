import { beforeAll, describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pushOptions } from '../push/push-options.js';
import { writeIndexed } from '../reading/redis-state.js';
import { startTestReceiver } from '../otlp/test-receiver.js';
import { startTestExporter } from '../test-exporter.js';

const [, paragraph = ''] =
  /^(### Metrics about the exporter$.*?)\[Alerts\]/ms.exec(
    readFileSync(join(__dirname, '../../../docs/exporters.md'), 'utf8'),
  ) ?? [];
/** The names of the manual, whole; some end in `*`. An item of the list may say with which prefix its names begin. */
const documented = paragraph.split(/^- /m).flatMap((item) => {
  const prefix = /with the prefix `(\w+)`/.exec(item)?.[1] ?? '';
  return [...item.matchAll(/`(\w+\*?)(?:\{\w+\})?`/g)]
    .map(([, name = '']) => name)
    .filter((name) => name !== prefix)
    .map((name) => (name.startsWith('redmeter_') ? name : `${prefix}${name}`));
});
const stands = (name: string) => (one: string) =>
  name.endsWith('*') ? one.startsWith(name.slice(0, -1)) : one === name;

const server = useRedisServer();
let text: string;
let families: string[];
beforeAll(async () => {
  await writeIndexed(await server.connect(), {
    'metrics:counter:jobs_total:q=a': '{"type":"counter","value":5,"timestamp":1763600012345}',
    'metrics:counter:jobs_total:q=b': '5',
    'metrics:gauge:broken': 'nope',
    // The same name, once it is escaped.
    'metrics:gauge:room.heat': '{"value":1}',
    'metrics:gauge:room_heat': '{"value":1}',
    // More than are verified with one scrape: the others need no reading.
    ...Object.fromEntries(Array.from({ length: 995 }, (_, i) => [`metrics:gauge:load:cpu=${i}`, '{"value":1}'])),
  });
  const [exporter, small] = await Promise.all([
    // By the indexes alone, since a small database is read whole.
    startTestReceiver(server, {}, { scanLimitKeys: 0 }),
    // Where nobody listens.
    startTestExporter(server.url, { maxSeries: 1, push: pushOptions({ url: 'http://127.0.0.1:1/api/v1/write' }) }),
  ]);
  const truncated = await small.metrics();
  await exporter.metrics();
  text = await exporter.metrics({ accept: 'text/plain; version=1.0.0; escaping=underscores' });
  families = [...`${text}${truncated}`.matchAll(/^# TYPE (redmeter_\w+)/gm)].map(([, name = '']) => name);
  await Promise.all([exporter.stop(), small.stop()]);
});

describe('the exporter’s own metrics', () => {
  it.each(documented.map((name) => [name]))('%s is in the answer, as the manual says', (name) => {
    expect(families.filter(stands(name))).not.toEqual([]);
  });

  it('are all in the manual', () => {
    expect(families.filter((one) => !documented.some((name) => stands(name)(one)))).toEqual([]);
  });

  it.each([
    ['redmeter_exporter_scrape_duration_seconds_count', 1],
    ['redmeter_exporter_scrape_size_bytes_count', 1],
    ['redmeter_exporter_read_duration_seconds_count', 2],
    ['redmeter_exporter_reads_total{outcome="ok"}', 2],
    ['redmeter_exporter_rebuilds_total{reason="start"}', 1],
    ['redmeter_exporter_known_keys', 1000],
    ['redmeter_series{type="counter"}', 2],
    ['redmeter_skipped_keys{reason="invalid_json"}', 1],
    ['redmeter_last_write_timestamp_seconds', 1763600012.345],
  ])('%s is %d at the second scrape', (series, value) => {
    expect(text.split('\n')).toContain(`${series} ${value}`);
  });

  it.each([
    'redmeter_exporter_scrape_size_bytes_sum',
    'redmeter_exporter_keys_read_total',
    'redmeter_exporter_cache_hits_total',
    'redmeter_exporter_redis_commands_total',
    'redmeter_exporter_redis_round_trips_total',
    'redmeter_exporter_process_cpu_seconds_total',
    'redmeter_exporter_process_resident_memory_bytes',
  ])('%s has risen by then', (series) => {
    const line = text.split('\n').find((one) => one.startsWith(`${series} `)) ?? '';
    expect(Number(line.slice(series.length))).toBeGreaterThan(0);
  });
});
