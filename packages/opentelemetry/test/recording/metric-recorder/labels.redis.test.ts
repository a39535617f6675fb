import { expect, it } from '@jest/globals';
import type { Attributes } from '@opentelemetry/api';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { RecordedLog } from '../../../../redis-metrics/test/service/recorded-log.js';
import { recordOf, valueOf } from '../../records.js';
import { useSdks } from '../../sdk.js';

let log = new RecordedLog();
const server = useRedisServer({ flushBeforeEach: true });
const startSdk = useSdks(() => ({ redis: server.url, ownMetrics: false, logger: (log = new RecordedLog()) }));

it('writes values of all types', async () => {
  const { meter, flush } = startSdk();
  const attributes: Attributes = {
    text: 'a,b',
    number: 1.5,
    flag: false,
    list: ['a', null, 'b'],
    empty: '',
    none: undefined,
  };
  meter.createCounter('jobs').add(1, attributes);
  await flush();
  const list = '["a",null,"b"]'.replace(
    /[,"]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  expect(await valueOf(server.client, `metrics:counter:jobs:flag=false,list=${list},number=1.5,text=a%2Cb`)).toBe(1);
});

it('takes the names of OpenTelemetry as they are', async () => {
  const resourceLabels = ['service.name'];
  const { meter, exporter, flush } = startSdk({ resourceLabels }, { attributes: { 'service.name': 'shop' } });
  const labels = { 'http.request.method': 'GET', 'http.response.status_code': 200 };
  meter.createHistogram('http.server.request.duration', { unit: 's' }).record(0.2, labels);
  meter.createCounter('messaging.client/sent-messages').add(1);
  await flush();
  const duration = 'http.request.method=GET,http.response.status_code=200,service.name=shop';
  const record = await recordOf(server.client, `metrics:histogram:http.server.request.duration:${duration}`);
  expect(record).toMatchObject({ count: 1, sum: 0.2 });
  const sent = 'metrics:counter:messaging.client/sent-messages:service.name=shop';
  expect(await valueOf(server.client, sent)).toBe(1);
  expect(exporter.stats().counter.dropped).toEqual({});
});

it('adds up attribute sets that are the same labels', async () => {
  const { meter, flush } = startSdk();
  const jobs = meter.createCounter('jobs');
  jobs.add(1, { code: 200 });
  jobs.add(2, { code: '200', other: '' });
  await flush();
  expect(await valueOf(server.client, 'metrics:counter:jobs:code=200')).toBe(3);
});

it('adds chosen attributes of the resource, and those of the data point win', async () => {
  const resourceLabels = ['service_name', 'zone', 'missing'];
  const attributes = { service_name: 'shop', zone: 'a', other: 'x' };
  const { meter, flush } = startSdk({ resourceLabels }, { attributes });
  const jobs = meter.createCounter('jobs');
  jobs.add(1);
  jobs.add(2, { zone: 'b' });
  await flush();
  expect(await valueOf(server.client, 'metrics:counter:jobs:service_name=shop,zone=a')).toBe(1);
  expect(await valueOf(server.client, 'metrics:counter:jobs:service_name=shop,zone=b')).toBe(2);
});

it('adds no attribute of the resource and no scope by default', async () => {
  const { meter, flush } = startSdk({}, { attributes: { service_name: 'shop' } });
  meter.createCounter('jobs').add(1);
  await flush();
  expect(await valueOf(server.client, 'metrics:counter:jobs')).toBe(1);
});

it('adds the scope, if told so', async () => {
  const { provider, meter, flush } = startSdk({ scopeLabels: true });
  meter.createCounter('jobs').add(1);
  provider.getMeter('other', undefined, { schemaUrl: 'http://x/1' }).createCounter('jobs').add(2);
  await flush();
  expect(await valueOf(server.client, 'metrics:counter:jobs:otel_scope_name=test,otel_scope_version=1.2.3')).toBe(1);
  const other = 'metrics:counter:jobs:otel_scope_name=other,otel_scope_schema_url=http%3A//x/1';
  expect(await valueOf(server.client, other)).toBe(2);
});

it.each<[string, string, Record<string, unknown>]>([
  ['more than ten', 'too_many_labels', Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`a${i}`, i]))],
  ['one that is too long', 'label_value_too_long', { a: 'é'.repeat(513) }],
  ['job', 'reserved_label', { job: 'x' }],
  ['instance', 'reserved_label', { instance: 'x' }],
  ['le', 'reserved_label', { le: '1' }],
])('counts and logs what it drops for %s, once by reason, and writes the rest', async (_title, reason, attributes) => {
  const { exporter, meter, flush } = startSdk();
  const jobs = meter.createCounter('jobs');
  for (let i = 0; i < 2; i += 1) {
    jobs.add(1, attributes as Attributes);
    jobs.add(1, { kind: 'mail' });
    await flush();
  }
  expect(await valueOf(server.client, 'metrics:counter:jobs:kind=mail')).toBe(2);
  expect(exporter.stats().counter).toEqual({ recorded: 4, flushed: 2, pending: 0, dropped: { [reason]: 2 } });
  expect(log.warnings).toEqual([expect.stringContaining(`recordings of the counter jobs are dropped: ${reason}`)]);
});
