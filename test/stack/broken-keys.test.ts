import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestStack, type TestStack } from './test-stack.js';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ parts: ['redis', 'exporter', 'prometheus'] });
});
afterAll(() => stack.stop());

const counter = '{"type":"counter","value":1}';
const invalidUtf8 = Buffer.from([0xff, 0xfe, 0x80]);

/** Strings that are no metrics: bad keys under good values, good keys under bad values. */
const brokenStrings: readonly (readonly [key: string | Buffer, value: string | Buffer])[] = [
  // Keys.
  ['metrics:', counter],
  ['metrics:counter', counter],
  ['metrics:counter:', counter],
  ['metrics:timer:unknown_type', counter],
  ['metrics:counter:bad{name', counter],
  ['metrics:counter:a\nline', counter],
  ['metrics:counter:up', '{"type":"counter","value":0}'],
  ['metrics:counter:redis_up', '{"type":"counter","value":0}'],
  ['metrics:counter:redis_script_values', counter],
  ['metrics:counter:ALERTS', counter],
  ['metrics:counter:no_value:label', counter],
  ['metrics:counter:bad_label:la{bel=x', counter],
  ['metrics:counter:renamed:__name__=good_counter', counter],
  ['metrics:counter:reserved:job=x,instance=y', counter],
  ['metrics:counter:twice:a=1,a=2', counter],
  ['metrics:counter:many:a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1,j=1,k=1', counter],
  [`metrics:counter:long:a=${'x'.repeat(1025)}`, counter],
  ['metrics:counter:escaped:a=%FF%FE', counter],
  ['metrics:{:counter:tagged', counter],
  [Buffer.concat([Buffer.from('metrics:counter:bytes:a='), invalidUtf8]), counter],
  [Buffer.concat([Buffer.from('metrics:counter:'), invalidUtf8]), counter],
  // Values.
  ['metrics:counter:empty', ''],
  ['metrics:counter:null', 'null'],
  ['metrics:counter:words', 'not json'],
  ['metrics:counter:truncated', '{"type":"counter","val'],
  ['metrics:counter:list', '[1,2,3]'],
  ['metrics:counter:text', '"5"'],
  ['metrics:counter:hex', '0x1A'],
  ['metrics:counter:nan', 'nan'],
  ['metrics:counter:negative', '{"type":"counter","value":-1}'],
  ['metrics:counter:infinite', '{"type":"counter","value":1e999}'],
  ['metrics:counter:no_number', '{"type":"counter","value":"many"}'],
  ['metrics:counter:other_type', '{"type":"gauge","value":1}'],
  ['metrics:counter:deep', '['.repeat(10_000)],
  ['metrics:counter:huge', `{"type":"counter","value":1,"x":"${'y'.repeat(100_000)}"}`],
  ['metrics:counter:nul', 'null\u0000'],
  [Buffer.from('metrics:counter:binary'), invalidUtf8],
  ['metrics:gauge:null_value', '{"type":"gauge","value":null}'],
  ['metrics:histogram:empty', '{}'],
  ['metrics:histogram:short', '{"type":"histogram","count":1,"sum":1,"bounds":[1,2],"counts":[1]}'],
  ['metrics:histogram:unsorted', '{"type":"histogram","count":1,"sum":1,"bounds":[2,1],"counts":[1,0,0]}'],
  ['metrics:histogram:fraction', '{"type":"histogram","count":0.5,"sum":1,"bounds":[1],"counts":[0.5,0]}'],
  ['metrics:histogram:negative', '{"type":"histogram","count":-1,"sum":1,"bounds":[1],"counts":[-1,0]}'],
  ['metrics:histogram:bounds', '{"type":"histogram","count":1,"sum":1,"bounds":{"a":1},"counts":[1,0]}'],
  // A series that a good histogram has already.
  ['metrics:counter:good_histogram_count', '{"type":"counter","value":99}'],
];

it('holds every good series, and redis_up 1, in a database full of broken keys', async () => {
  const pipeline = stack.redis.pipeline();
  for (const [key, value] of brokenStrings) pipeline.set(key, value);
  pipeline.rpush('metrics:counter:a_list', '1').hset('metrics:gauge:a_hash', 'value', '1');
  pipeline
    .sadd('metrics:histogram:a_set', '1')
    .zadd('metrics:counter:a_zset', '1', 'a')
    .xadd('metrics:counter:a_stream', '*', 'a', '1');
  for (let index = 0; index < 50; index += 1) {
    pipeline.set(`metrics:counter:good_counter:index=${index}`, `{"type":"counter","value":${index + 0.5}}`);
    pipeline.set(`metrics:gauge:good_gauge:index=${index}`, String(-index));
  }
  pipeline.set(
    'metrics:histogram:good_histogram',
    '{"type":"histogram","count":3,"sum":4.5,"bounds":[1],"counts":[1,2]}',
  );
  pipeline.set('somebody:elses', 'business');
  await pipeline.exec();

  const text = await stack.exporterText();
  expect(text).toMatch(/^redis_up 1$/m);
  await stack.prometheus.nextScrape();
  const value = (expression: string): Promise<number | undefined> => stack.prometheus.value(expression);
  expect(await value('up{job="redis-exporter"}')).toBe(1);
  expect(await value('redis_up')).toBe(1);
  expect(await value('count(good_counter)')).toBe(50);
  expect(await value('sum(good_counter)')).toBe(1250);
  expect(await value('count(good_gauge)')).toBe(50);
  expect(await value('sum(good_gauge)')).toBe(-1225);
  expect(await value('good_histogram_count')).toBe(3);
  expect(await value('good_histogram_sum')).toBe(4.5);
  expect(await value('good_histogram_bucket{le="1.0"}')).toBe(1);
  expect(await value('good_histogram_bucket{le="+Inf"}')).toBe(3);
  // Each broken key is counted by its reason, and none has become a series.
  expect(await value('sum(redmeter_skipped_keys)')).toBe(brokenStrings.length + 5);
  expect(await value('sum(redmeter_series)')).toBe(101);
});
