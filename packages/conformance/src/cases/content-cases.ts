import { buildSeriesKey, MAX_LABELS, MAX_LABEL_VALUE_BYTES, type Label } from '@redmeter/metric-format';
import { demand } from '../requirement.js';
import type { Scene } from '../scene/scene.js';
import type { Recording } from '../protocol/messages.js';
import type { ConformanceCase } from './conformance-case.js';
import { expectDrops } from './expect-drops.js';
import { utf8NamesCase } from './utf8-names-case.js';

const ODD_VALUES = [
  ...['mail, urgent', '100%', 'a:b=c', '{tag}', '"quoted"', 'back\\slash', 'line\nfeed', '\u0000\u001f\u007f\u0085'],
  ...['ünïcödé 漢字', '😀', ' space ', 'a/b?c&d+e', "it's", '%41', '-0', 'x'.repeat(MAX_LABEL_VALUE_BYTES)],
];
const RESERVED_LABELS = ['job', 'instance', 'le', 'quantile', '__name__', '__a.b'];
const BAD_LABELS = ['', 'a\0b'];
const BAD_NAMES = ['', 'a\0b', 'up', 'ALERTS', 'scrape_duration', 'redis_up', 'redmeter_own', 'scrape_a.b'];
const MANY_SERIES = 1100;
const MANY_HISTOGRAMS = 200;
const TEN_BOUNDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const BAD_VALUES = ['NaN', '+Inf', '-Inf'] as const;
/** Doubles that only their shortest texts, or one of 17 digits, read back as. */
const NUMBERS = [
  0.1,
  1 / 3,
  5e-324,
  2.2250738585072014e-308,
  1e21,
  1e22,
  123456789.12345679,
  2 ** 53,
  1.7976931348623157e308,
];
const BOUNDS = [-1, 0, 0.5, 2.5];
/** Observations, and the bucket of each. */
const OBSERVATIONS = [
  ...[
    [-2, 0],
    [-1, 0],
    [-0.5, 1],
    [0, 1],
    [0.25, 2],
    [0.5, 2],
  ],
  ...[
    [0.75, 3],
    [2.5, 3],
    [2.75, 4],
    [1e6, 4],
  ],
] as const;

async function storedValue(scene: Scene, key: string): Promise<unknown> {
  const record = await scene.redis.get(key);
  return record === null ? undefined : (JSON.parse(record) as { readonly value?: unknown }).value;
}

/** What is recorded, and how it is written. */
export const contentCases: readonly ConformanceCase[] = [
  {
    name: 'one-of-each-type',
    requirements: ['W-22', 'W-33'],
    async run(scene) {
      const writer = await scene.open();
      await scene.write(writer, 3);
      await scene.expectRounds(writer, ['W-22', 'W-33']);
      // A flush with nothing to write changes nothing.
      await writer.settle();
      await scene.expectRounds(writer, ['W-22']);
    },
  },
  {
    name: 'other-prefix',
    requirements: ['W-13'],
    prefix: 'shop.v2_x-y',
    async run(scene) {
      const writer = await scene.open();
      await scene.write(writer);
      await scene.expectRounds(writer, ['W-13']);
      const others = (await scene.redis.keys('*')).filter((key) => !/^shop\.v2_x-y(-meta)?:/.test(key));
      demand(others.length === 0, ['W-13'], `only keys under ${scene.prefix}`, others.join(' '));
    },
  },
  {
    name: 'label-values',
    requirements: ['W-3', 'W-4'],
    async run(scene) {
      const writer = await scene.open();
      await writer.declare({ type: 'counter', name: 'odd', labels: ['b', 'a', 'B', 'empty'] });
      const labelsOf = (value: string): Record<string, string> => ({ b: 'z', a: value, B: 'y', empty: '' });
      for (const value of ODD_VALUES) await writer.record({ name: 'odd', labels: labelsOf(value), value: 1 });
      await writer.settle();
      for (const value of ODD_VALUES) {
        const labels: Label[] = [
          ['B', 'y'],
          ['a', value],
          ['b', 'z'],
        ];
        const key = buildSeriesKey({ prefix: scene.prefix }, 'counter', 'odd', labels);
        demand((await storedValue(scene, key)) === 1, ['W-3', 'W-4'], `1 in ${JSON.stringify(key)}`, 'none');
      }
      await scene.expectStatistics(writer, { dropped: 0, pending: 0 });
    },
  },
  {
    name: 'bad-labels',
    requirements: ['W-2', 'W-3', 'W-6', 'W-58'],
    async run(scene) {
      const writer = await scene.open();
      await writer.declare({ type: 'counter', name: 'badly_labelled' });
      const recording = (labels: Record<string, string>): Recording => ({ name: 'badly_labelled', labels, value: 1 });
      const reserved = RESERVED_LABELS.map((label) => recording({ [label]: 'x' }));
      await expectDrops(scene, writer, reserved, { requirement: 'W-2', reasons: ['reserved_label'] });
      const bad = BAD_LABELS.map((label) => recording({ [label]: 'x' }));
      await expectDrops(scene, writer, bad, { requirement: 'W-2', reasons: ['invalid_label_name'] });
      const tooLong = [recording({ a: `${'x'.repeat(MAX_LABEL_VALUE_BYTES - 1)}ä` })];
      await expectDrops(scene, writer, tooLong, { requirement: 'W-3', reasons: ['label_value_too_long'] });
      const many = Object.fromEntries(Array.from({ length: MAX_LABELS + 1 }, (_, i) => [`l${i}`, 'x']));
      await expectDrops(scene, writer, [recording(many)], { requirement: 'W-3', reasons: ['too_many_labels'] });
    },
  },
  {
    name: 'bad-names',
    requirements: ['W-1', 'W-6'],
    async run(scene) {
      const writer = await scene.open();
      const recordings: Recording[] = [];
      for (const name of BAD_NAMES) {
        await writer.declare({ type: 'counter', name });
        recordings.push({ name, value: 1 });
      }
      const reasons = ['invalid_name', 'reserved_name', 'derived_name'];
      await expectDrops(scene, writer, recordings, { requirement: 'W-1', reasons });
      const { types } = writer.description;
      if (!types.includes('histogram')) return;
      await writer.declare({ type: 'counter', name: 'job_ms_count' });
      const derived = [{ name: 'job_ms_count', value: 1 }];
      await expectDrops(scene, writer, derived, { requirement: 'W-1', reasons });
    },
  },
  utf8NamesCase,
  {
    name: 'bad-values',
    requirements: ['W-5', 'W-6'],
    async run(scene) {
      const writer = await scene.open();
      const bad: Recording[] = [{ name: 'jobs_done', labels: { queue: 'mail' }, value: -1 }];
      for (const value of BAD_VALUES) {
        bad.push({ name: 'jobs_done', labels: { queue: 'mail' }, value });
        if (writer.description.types.includes('histogram'))
          bad.push({ name: 'job_ms', labels: { queue: 'mail' }, value });
      }
      await expectDrops(scene, writer, bad, { requirement: 'W-5', reasons: ['invalid_value'] });
    },
  },
  {
    name: 'declared-twice',
    requirements: ['W-11'],
    needs: ['counter', 'histogram'],
    async run(scene) {
      const writer = await scene.open();
      await scene.write(writer);
      await writer.declare(
        { type: 'histogram', name: 'jobs_done', bounds: [1, 2], labels: ['queue'] },
        { type: 'histogram', name: 'job_ms', bounds: [1, 2], labels: ['queue'] },
      );
      await scene.write(writer);
      await scene.expectRounds(writer, ['W-11']);
    },
  },
  {
    name: 'bad-bounds',
    requirements: ['W-10'],
    needs: ['histogram'],
    async run(scene) {
      const writer = await scene.open();
      const all = [[], [2, 1], [1, 1], Array.from({ length: 201 }, (_, i) => i)];
      const recordings: Recording[] = [];
      for (const [i, bounds] of all.entries()) {
        await writer.declare({ type: 'histogram', name: `bad_${i}`, bounds });
        recordings.push({ name: `bad_${i}`, value: 1 });
      }
      await expectDrops(scene, writer, recordings, { requirement: 'W-10', reasons: ['invalid_buckets'] });
    },
  },
  {
    name: 'numbers',
    requirements: ['W-7', 'W-9'],
    async run(scene) {
      const writer = await scene.open();
      await writer.declare({ type: 'counter', name: 'numbers', labels: ['n'] });
      for (const [n, value] of NUMBERS.entries())
        await writer.record({ name: 'numbers', labels: { n: `${n}` }, value });
      await writer.settle();
      for (const [n, value] of NUMBERS.entries()) {
        const stored = await storedValue(scene, `${scene.prefix}:counter:numbers:n=${n}`);
        demand(stored === value, ['W-7'], `${value}`, String(stored));
      }
      // The sum of two is beyond the range: one of them counts.
      const largest = { name: 'numbers', labels: { n: 'large' }, value: Number.MAX_VALUE };
      await writer.record(largest, largest);
      await writer.settle();
      const stored = await storedValue(scene, `${scene.prefix}:counter:numbers:n=large`);
      demand(stored === largest.value, ['W-9'], `${largest.value}`, String(stored));
      const { dropped } = await scene.expectStatistics(writer, { pending: 0, dropped: 1 });
      scene.advise(dropped['overflow'] === 1, ['W-58'], 'a drop as overflow', JSON.stringify(dropped));
    },
  },
  {
    name: 'buckets',
    requirements: ['W-8', 'W-9'],
    needs: ['histogram'],
    async run(scene) {
      const writer = await scene.open();
      await writer.declare({ type: 'histogram', name: 'sizes', bounds: BOUNDS, labels: ['of'] });
      const counts = [0, 0, 0, 0, 0];
      for (const [value, bucket] of OBSERVATIONS) {
        await writer.record({ name: 'sizes', value });
        counts[bucket] = (counts[bucket] ?? 0) + 1;
      }
      const largest = { name: 'sizes', labels: { of: 'large' }, value: Number.MAX_VALUE };
      await writer.record(largest, largest);
      await writer.settle();
      const sum = OBSERVATIONS.reduce((total, [value]) => total + value, 0);
      const record = JSON.parse((await scene.redis.get(`${scene.prefix}:histogram:sizes`)) ?? '{}') as Record<
        string,
        unknown
      >;
      demand(
        JSON.stringify([record['counts'], record['sum']]) === JSON.stringify([counts, sum]),
        ['W-8'],
        `counts ${JSON.stringify(counts)} and sum ${sum}`,
        `${JSON.stringify(record['counts'])} and ${String(record['sum'])}`,
      );
      const large = JSON.parse((await scene.redis.get(`${scene.prefix}:histogram:sizes:of=large`)) ?? '{}') as Record<
        string,
        unknown
      >;
      demand(large['sum'] === '+Inf', ['W-9'], 'the sum +Inf', String(large['sum']));
    },
  },
  {
    name: 'many-series',
    requirements: ['W-15', 'W-28', 'W-33'],
    async run(scene) {
      const writer = await scene.open();
      await writer.declare({ type: 'counter', name: 'many', labels: ['n'] });
      const numbers = Array.from({ length: MANY_SERIES }, (_, n) => n + 1);
      await writer.record(...numbers.map((n) => ({ name: 'many', labels: { n: `${n}` }, value: n })));
      await writer.settle();
      const records = await scene.redis.mget(numbers.map((n) => `${scene.prefix}:counter:many:n=${n}`));
      const unlike = numbers.find((n, i) => !records[i]?.includes(`"value":${n},`));
      demand(unlike === undefined, ['W-15', 'W-28'], `${unlike} in series ${unlike}`, 'another value');
      await scene.expectStatistics(writer, { pending: 0, dropped: 0, flushed: MANY_SERIES });
    },
  },
  {
    name: 'many-histograms',
    requirements: ['W-8', 'W-15'],
    needs: ['histogram'],
    async run(scene) {
      const writer = await scene.open();
      await writer.declare({ type: 'histogram', name: 'many_ms', bounds: TEN_BOUNDS, labels: ['n'] });
      const numbers = Array.from({ length: MANY_HISTOGRAMS }, (_, n) => n + 1);
      await writer.record(...numbers.map((n) => ({ name: 'many_ms', labels: { n: `${n}` }, value: n })));
      await writer.settle();
      const records = await scene.redis.mget(numbers.map((n) => `${scene.prefix}:histogram:many_ms:n=${n}`));
      const unlike = numbers.find((n, i) => !records[i]?.includes(`"count":1,"sum":${n},`));
      demand(unlike === undefined, ['W-8'], `one observation of ${unlike} in series ${unlike}`, 'another record');
      await scene.expectStatistics(writer, { pending: 0, dropped: 0, flushed: MANY_HISTOGRAMS });
    },
  },
  {
    name: 'family-records',
    requirements: ['W-20', 'W-21'],
    async run(scene) {
      const writer = await scene.open();
      await writer.declare({ type: 'counter', name: 'described', help: 'Ünïcode "help".', unit: 'bytes' });
      await writer.record({ name: 'described', value: 1 });
      await writer.settle();
      const record = JSON.parse((await scene.redis.get(scene.keys.family('described'))) ?? '{}') as Record<
        string,
        unknown
      >;
      demand(record['type'] === 'counter', ['W-20'], 'the type counter', String(record['type']));
      const { help, unit } = record;
      const isDescribed = help === 'Ünïcode "help".' && unit === 'bytes';
      scene.advise(isDescribed, ['W-21'], 'help and unit as declared', `${String(help)}, ${String(unit)}`);
    },
  },
];
