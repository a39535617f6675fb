import { expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { makeCommandFolder } from '../command-run.js';
import { doctor } from './doctor-run.js';

const server = useRedisServer({ flushBeforeEach: true });
const RECORD = '{"type":"counter","value":5,"created":1763600000123,"timestamp":1763600012345}';

it('finds nothing wrong with metrics as the library writes them', async () => {
  await server.client.config('SET', 'appendonly', 'yes');
  await server.client.set('metrics:counter:orders:shop=a', RECORD, 'EX', 1800);
  const run = await makeCommandFolder().run('doctor', server.url);
  expect(run).toEqual({
    code: 0,
    err: '',
    out: expect.stringMatching(
      /^redis {6}redis:.*, version [\d.]+\nmetrics:\* {2}1 key, 1 series, about \d+ bytes\nseen {7}all keys of the database \(1\)\n\nNothing is wrong\.\n$/,
    ),
  });
  await server.client.config('SET', 'appendonly', 'no');
});

const native = (count: number): string =>
  `{"type":"histogram","count":${count},"sum":42,"schema":3,"zeroThreshold":0,"zeroCount":1,"positive":{"indexes":[20],"counts":[6]}}`;

it('takes native histograms for metrics, and says what one must be', async () => {
  await server.client.set('metrics:histogram:wait_ms', native(7));
  expect([...(await doctor(server.url)).findings.keys()].filter((one) => /histogram|bounds/.test(one))).toEqual([]);
  await server.client.set('metrics:histogram:size', native(8));
  expect((await doctor(server.url)).findings.get('invalid_histogram')).toMatchObject({
    todo: expect.stringMatching(/indexes ascend; all counts add up to count/),
    examples: ['metrics:histogram:size'],
  });
});

it('says that there are none', async () => {
  await server.client.set('shop:counter:orders', '5');
  expect((await doctor(server.url)).findings.get('no_metrics')).toMatchObject({ severity: 'warning' });
  expect((await doctor(server.url, ['--prefix', 'shop'])).findings.has('no_metrics')).toBe(false);
});

it.each<[code: string, say: string, store: (key: string) => Promise<unknown>]>([
  ['hash_value', 'timestamp 1763600012345', (key) => server.client.hset(key, { value: '5' })],
  ['promphp', 'clients/php', (key) => server.client.hset(key, { __meta: '{}', '["a"]': '5' })],
  ['hash', 'HSET metrics:gauge:', (key) => server.client.hset(key, { a: '5' })],
  ['list', 'recordHistogram', (key) => server.client.rpush(key, '5')],
  ['zset', 'SET metrics:gauge:', (key) => server.client.zadd(key, 5, 'a')],
  ['set', 'SET metrics:gauge:', (key) => server.client.sadd(key, 'a')],
  ['stream', 'INCR metrics:counter:', (key) => server.client.xadd(key, '*', 'a', '5')],
  ['statsd', 'INCRBY metrics:counter:', (key) => server.client.set(key, '320.5|ms|@0.1|#shop:a')],
  ['prom_client', 'bridgePromClient', (key) => server.client.set(key, '[{"name":"a","help":"h","values":[]}]')],
  ['exposition', 'scrape', (key) => server.client.set(key, '# HELP a h\n# TYPE a counter\na 5\n')],
])('recognizes the layout %s, and says how to bring it over', async (layout, say, store) => {
  await store('metrics:counter:foreign');
  await store('metrics:no-metric');
  const { code, findings } = await doctor(server.url);
  expect(code).toBe(0);
  expect(findings.get(`layout_${layout}`)).toMatchObject({
    severity: 'warning',
    what: expect.stringMatching(/^2 keys hold /),
    todo: expect.stringContaining(say),
    examples: expect.arrayContaining(['metrics:counter:foreign', 'metrics:no-metric']),
  });
  expect([...findings.keys()].filter((one) => /wrong_redis_type|invalid_json|malformed_key/.test(one))).toEqual([]);
});

it.each<[reason: string, values: Readonly<Record<string, string>>]>([
  ['malformed_key', { 'metrics:orders': '5' }],
  ['unknown_type', { 'metrics:summary:orders': '5' }],
  ['invalid_name', { 'metrics:counter:a%00b': '5' }],
  ['reserved_name', { 'metrics:gauge:up': '5' }],
  ['malformed_label', { 'metrics:gauge:a:b': '5' }],
  ['reserved_label', { 'metrics:gauge:a:le=5': '5' }],
  ['invalid_json', { 'metrics:gauge:a': '05' }],
  ['value_too_long', { 'metrics:gauge:a': ' '.repeat(70_000) }],
  ['invalid_value', { 'metrics:counter:a': '-5' }],
  ['missing_value', { 'metrics:counter:a': '{}' }],
  ['type_conflict', { 'metrics:counter:a': '5', 'metrics:gauge:a': '5' }],
  ['derived_name', { 'metrics:counter:a_sum': '5', 'metrics:histogram:a': '{"count":1,"sum":1}' }],
  ['duplicate_series', { 'metrics:counter:a:b=1,c=2': '5', 'metrics:counter:a:c=2,b=1': '5' }],
])('reports keys that are skipped as %s', async (reason, values) => {
  await server.client.mset(values);
  const { findings } = await doctor(server.url);
  expect(findings.get(reason)?.what).toMatch(/^1 key: /);
});

it('shows no control characters of keys, and cuts long ones', async () => {
  await server.client.set('metrics:\u001b[31mred', '5');
  await server.client.set(`metrics:${'x'.repeat(500)}`, '5');
  const { out } = await makeCommandFolder().run('doctor', server.url);
  expect(out).toMatch(/^ +metrics:\?\[31mred$/m);
  expect(out).toMatch(/^ +metrics:x{112}…$/m);
});

it('reports series without TTL, large ones, and ones with odd times', async () => {
  await server.client.set('metrics:gauge:endless', '5');
  await server.client.set('metrics:gauge:large', `{"value":5,"note":"${'x'.repeat(20_000)}"}`, 'EX', 1800);
  await server.client.hset('metrics:gauge:seconds', { value: '5', timestamp: '1763600012' });
  await server.client.set('metrics:gauge:future', `{"value":5,"timestamp":${Date.now() + 60_000}}`, 'EX', 1800);
  const { findings } = await doctor(server.url);
  expect([...(findings.get('no_ttl')?.examples ?? [])].sort()).toEqual([
    'metrics:gauge:endless',
    'metrics:gauge:seconds',
  ]);
  expect(findings.get('big_values')?.examples).toEqual(['metrics:gauge:large: 20.0 kB']);
  expect(findings.get('timestamps_in_seconds')?.examples).toEqual(['metrics:gauge:seconds']);
  expect(findings.get('future_timestamps')?.examples).toEqual(['metrics:gauge:future']);
});

it('passes over no more keys than it may, and says so', async () => {
  await server.client.mset(Array.from({ length: 5000 }, (_, i) => [`metrics:counter:a:i=${i}`, '5']).flat());
  const { json } = await doctor(server.url, ['--max-keys', '1000']);
  expect(json).toMatchObject({ databaseKeys: 5000, visitedKeys: 1000, isWhole: false });
  expect(Number(json['foundKeys'])).toBeLessThan(1500);
  expect(await doctor(server.url)).toMatchObject({ json: { visitedKeys: 5000, foundKeys: 5000, isWhole: true } });
});

it('reports when an answer of the script is full, and nearly full', async () => {
  const write = (name: string): Promise<unknown> =>
    server.client.mset(Array.from({ length: 8500 }, (_, i) => [`metrics:counter:${name}:i=${i}`, '5']).flat());
  await write('a');
  expect((await doctor(server.url)).findings.get('answer_nearly_full')).toMatchObject({ severity: 'warning' });
  await write('b');
  const { code, findings } = await doctor(server.url);
  expect(findings.get('answer_full')).toMatchObject({ severity: 'error', examples: ['b'] });
  expect(code).toBe(1);
});

it('reports data sets of another format, and of several numbers of shards', async () => {
  await server.client.set('metrics-meta:dataset', '{"format":2,"id":"a","shards":1}');
  await server.client.set('metrics-meta:{0}:dataset', '{"format":1,"id":"a","shards":2}');
  await server.client.set('metrics-meta:{1}:dataset', '{"format":1,"id":"b","shards":3}');
  await server.client.set('metrics:{1}:counter:a', '5');
  const { findings } = await doctor(server.url);
  expect(findings.get('other_format')?.examples).toEqual(['metrics-meta:dataset']);
  expect(findings.get('several_shard_counts')?.what).toContain('2 and 3 shards');
});

it('only reads, and names no command that would hold a large server', async () => {
  await server.client.set('metrics:counter:a', '5');
  await server.client.config('RESETSTAT');
  await doctor(server.url);
  const commands = [...(await server.client.info('commandstats')).matchAll(/cmdstat_([\w|]+):/g)].map(
    ([, name]) => name,
  );
  const expected = ['cluster|', 'dbsize', 'get', 'getrange', 'hmget', 'hstrlen', 'info', 'latency|', 'memory|usage'];
  expected.push('pttl', 'scan', 'slowlog|get', 'time', 'type', 'config|resetstat', 'select');
  expect(commands.filter((name) => !expected.some((one) => name?.startsWith(one)))).toEqual([]);
});
