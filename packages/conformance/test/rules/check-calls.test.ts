import { describe, expect, it } from '@jest/globals';
import { adviseOnCalls, checkCalls } from '../../src/rules/check-calls.js';
import { readMergeCall } from '../../src/wire/merge-call.js';
import type { SentCall } from '../../src/wire/sent-call.js';

const sha = 'a'.repeat(40);
const context = { prefix: 'metrics', ttlMs: 60_000, script: 'return 1', sha };
const ID = 'incarnation-0123456789';

interface Parts {
  readonly batch?: number;
  readonly ageMs?: number | string;
  readonly dataset?: string;
  readonly families?: readonly (readonly [name: string, json: string])[];
  readonly series?: readonly (readonly [key: string, json: string])[];
  readonly mark?: readonly [note: string, resumesAfter: string, revision: string];
}

const COUNTER = ['jobs', '{"type":"counter","age":0}'] as const;
const EXEMPLAR = { labels: { id: 'x' }, value: 5, age: 0 };
const ADD = ['metrics:counter:jobs', '{"type":"counter","family":1,"add":5}'] as const;

function call(parts: Parts = {}): SentCall {
  const { batch = 1, ageMs = 0, dataset = '', families = [COUNTER], series = [ADD], mark = ['', '', ''] } = parts;
  const keys = ['dataset', 'revision', 'changed', 'live', `writer:${ID}`].map((key) => `metrics-meta:${key}`);
  keys.push(...families.map(([name]) => `metrics-meta:family:${name}`), ...series.map(([key]) => key));
  keys.push(`metrics-meta:mark:${ID}`);
  const args = [1, 1, dataset, 'fresh-id-1', batch, ageMs, 60_000, families.length];
  const jsons = [...families, ...series].map(([, json]) => json);
  const words = ['EVALSHA', sha, keys.length, ...keys, ...args, ...jsons, ...mark].map(String);
  const read = readMergeCall(words);
  if (typeof read !== 'object') throw new Error(`expected a call, got ${read}`);
  return { call: read, connection: 1, atMs: 10, answer: undefined, deliveredAtMs: 11, isCut: false };
}

/** Observations of a native histogram. */
function nativeCall(layout: object = {}, positive?: object, family: object = {}, operation: object = {}): Parts {
  const native = { schema: 3, zeroThreshold: 0, maxBuckets: 160, ...layout };
  const buckets = { schema: 3, zeroCount: 1, positive: positive ?? { indexes: [1, 7], counts: [1, 1] } };
  return {
    families: [['took', JSON.stringify({ type: 'histogram', native, age: 0, ...family })]],
    series: [
      ['metrics:histogram:took', JSON.stringify({ type: 'histogram', family: 1, ...buckets, sum: 3, ...operation })],
    ],
  };
}

/** An increment with an exemplar. */
function withExemplar(changes: object): Parts {
  const exemplar = { ...EXEMPLAR, ...changes };
  return { series: [[ADD[0], JSON.stringify({ type: 'counter', family: 1, add: 5, exemplar })]] };
}

function requirements(...calls: readonly SentCall[]): string[] {
  return [...checkCalls(calls, context)].flatMap((finding) => finding.requirements);
}

const applied = (dataset: string, revision: string): SentCall['answer'] => {
  return { kind: 'texts', texts: ['applied', dataset, '1', '', revision] };
};

describe('a call', () => {
  it('is good as the specification shows it', () => {
    expect(requirements(call())).toEqual([]);
    expect(requirements(call(nativeCall()))).toEqual([]);
    expect(requirements(call(nativeCall({}, undefined, { bounds: [5] }, { counts: [3, 0] })))).toEqual([]);
    expect(requirements(call(nativeCall({}, undefined, {}, { exemplars: [EXEMPLAR] })))).toEqual([]);
    expect(requirements(call(withExemplar({ labels: { id: '😀'.repeat(126) } })))).toEqual([]);
  });

  it.each<[string, Parts, string]>([
    ['an age that is no whole number', { ageMs: 0.5 }, 'W-17'],
    ['a negative age', { ageMs: -1 }, 'W-17'],
    ['a key with an encoded letter', { series: [['metrics:counter:jobs:a=%41', ADD[1]]] }, 'W-4'],
    ['a key with lower-case hexadecimal', { series: [['metrics:counter:jobs:a=%2c', ADD[1]]] }, 'W-4'],
    ['a key with labels in another order', { series: [['metrics:counter:jobs:b=1,a=1', ADD[1]]] }, 'W-4'],
    ['a key with a reserved label', { series: [['metrics:counter:jobs:le=1', ADD[1]]] }, 'W-2'],
    ['a key of another prefix', { series: [['shop:counter:jobs', ADD[1]]] }, 'W-13'],
    ['a key twice', { series: [ADD, ADD] }, 'W-14'],
    ['a family twice', { families: [COUNTER, COUNTER] }, 'W-14'],
    ['a family that no series has', { families: [COUNTER, ['more', COUNTER[1]]] }, 'W-14'],
    ['a family without a type', { families: [['jobs', '{}']] }, 'W-20'],
    ['a native family with a schema of 9', nativeCall({ schema: 9 }), 'W-60'],
    ['native indexes that do not ascend', nativeCall({}, { indexes: [2, 1], counts: [1, 1] }), 'W-63'],
    ['an empty native bucket', nativeCall({}, { indexes: [2], counts: [0] }), 'W-63'],
    [
      'other numbers of observations in its two forms',
      nativeCall({}, undefined, { bounds: [5] }, { counts: [2, 0] }),
      'W-63',
    ],
    ['an exemplar without labels', withExemplar({ labels: {} }), 'W-61'],
    ['an exemplar with an empty name', withExemplar({ labels: { '': 'x' } }), 'W-61'],
    ['an exemplar of 129 characters', withExemplar({ labels: { id: 'ü'.repeat(127) } }), 'W-61'],
    ['an exemplar without an age', withExemplar({ age: undefined }), 'W-64'],
    ['an exemplar of the future', withExemplar({ age: -1 }), 'W-64'],
    ['eleven exemplars', nativeCall({}, undefined, {}, { exemplars: Array<object>(11).fill(EXEMPLAR) }), 'W-64'],
    ['exemplars that are no list', nativeCall({}, undefined, {}, { exemplars: EXEMPLAR }), 'W-61'],
    ['an infinite increment', { series: [[ADD[0], '{"type":"counter","family":1,"add":1e999}']] }, 'W-5'],
    ['a negative increment', { series: [[ADD[0], '{"type":"counter","family":1,"add":-1}']] }, 'W-5'],
    ['an operation of another type', { series: [[ADD[0], '{"type":"gauge","family":1,"add":1}']] }, 'W-22'],
    ['an operation that is no JSON', { series: [[ADD[0], 'add 1']] }, 'W-22'],
    ['a note with a space', { mark: ['1 2', '', ''] }, 'W-50'],
  ])('must not have %s', (_what, parts, requirement) => {
    expect(requirements(call(parts))).toContain(requirement);
  });

  it('may have a key that is removed and then written', () => {
    expect(requirements(call({ series: [[ADD[0], '{"remove":true,"family":1}'], ADD] }))).toEqual([]);
  });

  it.each([
    ['{"type":"gauge","family":1,"mode":"last","set":1,"age":0}', ''],
    ['{"type":"gauge","family":1,"mode":"last","set":"NaN","age":0}', ''],
    ['{"type":"gauge","family":1,"mode":"last","set":1}', 'W-23'],
    ['{"type":"gauge","family":1,"mode":"last","set":1,"age":-1}', 'W-23'],
    ['{"type":"gauge","family":1,"mode":"last","set":"nan","age":0}', 'W-5'],
    ['{"type":"gauge","family":1,"mode":"process","set":1,"age":0}', 'W-24'],
    ['{"type":"gauge","family":1,"mode":"process","set":1,"age":0,"lease":500,"touch":true}', ''],
    ['{"type":"gauge","family":1,"mode":"sum","add":-2}', ''],
    ['{"type":"gauge","family":1,"mode":"sum","set":2,"age":0}', 'W-5'],
    ['{"touch":true,"family":1}', ''],
  ])('must set or add to a gauge by its mode: %s', (json, requirement) => {
    const families = [['level', '{"type":"gauge","age":0}']] as const;
    const found = requirements(call({ families, series: [['metrics:gauge:level', json]] }));
    expect(found.join(' ')).toBe(requirement);
  });

  it('must have the counts of a histogram by its bounds', () => {
    const families = [['took', '{"type":"histogram","bounds":[1,2],"age":0}']] as const;
    const series = (counts: string): Parts['series'] => [
      ['metrics:histogram:took', `{"type":"histogram","family":1,"counts":${counts},"sum":1}`],
    ];
    expect(requirements(call({ families, series: series('[0,1,0]') ?? [] }))).toEqual([]);
    expect(requirements(call({ families, series: series('[0,1]') ?? [] }))).toContain('W-8');
    expect(requirements(call({ families, series: series('[0,-1,0]') ?? [] }))).toContain('W-8');
  });
});

describe('the size of a call', () => {
  const histogram = JSON.stringify({ type: 'histogram', family: 1, counts: Array(11).fill(1), sum: 9 });
  const indexes = Array.from({ length: 80 }, (_, i) => i);
  const observed = nativeCall({}, { indexes, counts: indexes.map(() => 1) }).series?.[0];
  const series = (count: number, operation: string): Parts => ({
    series: Array.from({ length: count }, (_, i) => [`metrics:counter:jobs:i=${i}`, operation] as const),
  });

  // A histogram of ten bounds is two counters and a half, one of 80 native buckets fourteen.
  it.each([
    ['counters', ADD[1], 128],
    ['histograms', histogram, 52],
    ['native histograms', observed?.[1] ?? '', 10],
  ])('should be what 128 counters take: %s', (_, operation, most) => {
    expect([...adviseOnCalls([call(series(most, operation))])]).toEqual([]);
    expect([...adviseOnCalls([call(series(most + 1, operation))])]).toMatchObject([{ requirements: ['W-15'] }]);
  });
});

describe('the calls of a writer', () => {
  it('are valid with consecutive numbers, and the content of the answers', () => {
    const one = { ...call(), answer: applied('set', '7') };
    const two = { ...call({ batch: 2, dataset: 'set', mark: ['', '', '7'] }), atMs: 12, deliveredAtMs: 13 };
    expect(requirements(one, two)).toEqual([]);
  });

  it('must not come before the answer to the one before', () => {
    const early = { ...call({ batch: 2 }), atMs: 10.5 };
    expect(requirements(call(), early)).toContain('W-29');
    const waiting = { ...call(), deliveredAtMs: undefined };
    expect(requirements(waiting, { ...call(), atMs: 20, connection: 2 })).toContain('W-29');
  });

  it('must repeat a batch without an answer, on another connection', () => {
    const cut = { ...call(), deliveredAtMs: undefined, isCut: true };
    expect(requirements(cut, { ...call(), atMs: 20, connection: 2 })).toEqual([]);
    expect(requirements(cut, { ...call(), atMs: 20 })).toEqual(['W-41']);
    expect(requirements(cut, { ...call({ batch: 2 }), atMs: 20, connection: 2 })).toEqual(['W-31']);
  });

  it('must repeat a batch with the same content, in any notation of JSON', () => {
    const again = (json: string): SentCall => ({ ...call({ series: [[ADD[0], json]] }), atMs: 20 });
    expect(requirements(call(), again('{"add": 5, "type": "counter", "family": 1}'))).toEqual([]);
    expect(requirements(call(), again('{"type":"counter","family":1,"add":6}'))).toEqual(['W-30']);
  });

  it('may give the number of a malformed call to another batch', () => {
    const answer = { kind: 'error', text: 'ERR redmeter merge: expected …' } as const;
    const other = call({ series: [[ADD[0], '{"type":"counter","family":1,"add":6}']] });
    expect(requirements({ ...call(), answer }, { ...other, atMs: 20 })).toEqual([]);
  });

  it('must not leave out numbers, or begin with another than 1', () => {
    expect(requirements(call(), { ...call({ batch: 3 }), atMs: 20 })).toEqual(['W-28']);
    expect(requirements(call({ batch: 2 }))).toEqual(['W-28']);
  });

  it('must resume after the batch that Redis named, and only then', () => {
    const gap = { kind: 'texts', texts: ['gap', 'set', '1', '0', ''] } as const;
    const resumed = { ...call({ mark: ['', '0', ''] }), atMs: 20 };
    expect(requirements({ ...call(), answer: gap }, resumed)).toEqual([]);
    expect(requirements(call(), resumed)).toEqual(['W-49']);
  });

  it('may not have read an answer on a connection that the writer gave up', () => {
    const unread = { ...call(), answer: applied('set', '7') };
    const again = { ...call(), atMs: 20, deliveredAtMs: 21, connection: 2, answer: applied('set', '') };
    expect(requirements(unread, again)).toEqual([]);
    const after = { ...call({ batch: 2, dataset: 'set' }), atMs: 30, deliveredAtMs: 31, connection: 2 };
    expect(requirements(unread, again, after)).toEqual([]);
  });

  it('must use the content of the answer before an error reply', () => {
    const one = { ...call(), answer: applied('set', '7') };
    const two = { ...call({ batch: 2, dataset: 'set', mark: ['', '', '7'] }), atMs: 20, deliveredAtMs: 21 };
    const refused = { ...two, answer: { kind: 'error', text: 'OOM' } as const };
    expect(requirements(one, refused, { ...two, atMs: 30, connection: 2 })).toEqual([]);
  });

  it('must not have an age that falls', () => {
    expect(requirements(call({ ageMs: 5 }), { ...call({ ageMs: 4 }), atMs: 20 })).toEqual(['W-17']);
  });
});
