import {
  addNative,
  DEFAULT_ZERO_THRESHOLD,
  lowerSchema,
  nativeBound,
  nativeIndex,
  type NativeBuckets,
  type NativeShape,
  type SparseBuckets,
} from '@redmeter/metric-format';
import type { NativeDeclaration, Recording } from '../protocol/messages.js';
import { demand, type RequirementId } from '../requirement.js';
import type { Scene } from '../scene/scene.js';
import { storedRecord } from '../scene/stored-record.js';
import type { Writer } from '../scene/writer.js';
import type { ConformanceCase } from './conformance-case.js';
import { expectDrops } from './expect-drops.js';

/** As many as a record may have, so that no schema is lowered unless a case wants it. */
const MANY_BUCKETS = 500;
const SCHEMAS = [-4, -1, 0, 1, 3, 5, 8];
const BAD_LAYOUTS: readonly NativeDeclaration[] = [
  ...[{ schema: -5 }, { schema: 9 }, { schema: 2.5 }],
  ...[
    { schema: 3, zeroThreshold: -1 },
    { schema: 3, maxBuckets: 0 },
    { schema: 3, maxBuckets: 501 },
  ],
];
const BOUNDS = [1, 10];

/** Values on bounds of buckets from 1 to 2, just above them, and at both ends of all numbers. */
function telltaleValues(schema: number): number[] {
  const bounds = Array.from({ length: Math.max(1, 2 ** schema) }, (_, index) => nativeBound(schema, index));
  const onBounds = bounds.flatMap((bound) => [bound, bound * (1 + Number.EPSILON)]);
  const ends = [Number.MAX_VALUE, 2 ** 64, 2 ** -64, 1e-30, DEFAULT_ZERO_THRESHOLD * (1 + Number.EPSILON)];
  const zeros = [0, DEFAULT_ZERO_THRESHOLD, 2 ** -1022, Number.MIN_VALUE];
  return [...onBounds, ...ends, ...ends.map((value) => -value), ...zeros, ...zeros.slice(1).map((value) => -value)];
}

/** Where the wire format counts values. */
function bucketsOf(values: readonly number[], { schema, zeroThreshold }: NativeDeclaration): NativeBuckets {
  const threshold = zeroThreshold ?? DEFAULT_ZERO_THRESHOLD;
  const side = (sign: 1 | -1): SparseBuckets => {
    const counted = new Map<number, number>();
    for (const value of values) {
      if (sign * value <= threshold) continue;
      const index = nativeIndex(schema, sign * value);
      counted.set(index, (counted.get(index) ?? 0) + 1);
    }
    const sorted = [...counted].sort(([a], [b]) => a - b);
    return { indexes: sorted.map(([index]) => index), counts: sorted.map(([, count]) => count) };
  };
  const zeroCount = values.filter((value) => Math.abs(value) <= threshold).length;
  return { schema, zeroThreshold: threshold, zeroCount, positive: side(1), negative: side(-1) };
}

/** Records observations in a native histogram. */
async function observe(writer: Writer, name: string, values: readonly number[]): Promise<void> {
  await writer.record(...values.map((value): Recording => ({ name, value })));
}

/** Checks that a histogram has these native buckets. */
async function expectBuckets(
  scene: Scene,
  name: string,
  expected: NativeBuckets,
  requirements: readonly RequirementId[],
): Promise<NativeShape> {
  const { shape } = await storedRecord(scene, 'histogram', name, requirements);
  demand(shape.kind === 'native', requirements, `native buckets of ${name}`, shape.kind);
  demand(textOf(shape) === textOf(expected), requirements, textOf(expected), textOf(shape));
  return shape;
}

function textOf({ schema, zeroThreshold, zeroCount, positive, negative }: NativeBuckets): string {
  return JSON.stringify({ schema, zeroThreshold, zeroCount, positive, negative });
}

/** Native histograms, for writers that have them. */
export const nativeCases: readonly ConformanceCase[] = [
  {
    name: 'native-buckets',
    requirements: ['W-60', 'W-62', 'W-63'],
    needs: ['histogram', 'native_histograms'],
    async run(scene) {
      const writer = await scene.open();
      for (const [i, schema] of SCHEMAS.entries()) {
        const native = { schema, maxBuckets: MANY_BUCKETS };
        await writer.declare({ type: 'histogram', name: `native_${i}`, native });
        await observe(writer, `native_${i}`, telltaleValues(schema));
      }
      await writer.settle();
      for (const [i, schema] of SCHEMAS.entries()) {
        await expectBuckets(scene, `native_${i}`, bucketsOf(telltaleValues(schema), { schema }), ['W-62']);
      }
      await scene.expectStatistics(writer, { pending: 0, dropped: 0 });
    },
  },
  {
    name: 'native-zeros',
    requirements: ['W-62'],
    needs: ['histogram', 'native_histograms'],
    async run(scene) {
      const writer = await scene.open();
      const values = [0, 0.75, -0.75, 0.75 * (1 + Number.EPSILON), -0.8, 0.01, Number.MIN_VALUE, -Number.MIN_VALUE];
      for (const [i, zeroThreshold] of [0, 0.75].entries()) {
        const native = { schema: 3, zeroThreshold };
        await writer.declare({ type: 'histogram', name: `zeros_${i}`, native });
        await observe(writer, `zeros_${i}`, values);
        await writer.settle();
        await expectBuckets(scene, `zeros_${i}`, bucketsOf(values, native), ['W-62']);
      }
    },
  },
  {
    name: 'native-sums',
    requirements: ['W-9', 'W-22'],
    needs: ['histogram', 'native_histograms'],
    async run(scene) {
      const writer = await scene.open();
      for (const name of ['finite', 'infinite']) {
        await writer.declare({ type: 'histogram', name, native: { schema: 3 } });
      }
      await observe(writer, 'finite', [0.25, -2, 8]);
      await observe(writer, 'infinite', [Number.MAX_VALUE, Number.MAX_VALUE]);
      await writer.settle();
      await observe(writer, 'finite', [0.5]);
      await writer.settle();
      const finite = await storedRecord(scene, 'histogram', 'finite', ['W-22']);
      demand(
        finite.count === 4 && finite.sum === 6.75,
        ['W-22'],
        '4 with the sum 6.75',
        `${finite.count}, ${finite.sum}`,
      );
      const { sum } = await storedRecord(scene, 'histogram', 'infinite', ['W-9']);
      demand(sum === Number.POSITIVE_INFINITY, ['W-9'], 'the sum +Inf', sum);
    },
  },
  {
    name: 'native-and-classic',
    requirements: ['W-8', 'W-20', 'W-63'],
    needs: ['histogram', 'native_histograms'],
    async run(scene) {
      const writer = await scene.open();
      const native = { schema: 0 };
      await writer.declare({ type: 'histogram', name: 'both', native, bounds: BOUNDS });
      const values = [-3, 0, 1, 1.5, 10, 11];
      await observe(writer, 'both', values);
      await writer.settle();
      const { classic } = await expectBuckets(scene, 'both', bucketsOf(values, native), ['W-20', 'W-63']);
      const expected = { bounds: BOUNDS, counts: [3, 2, 1] };
      demand(
        JSON.stringify(classic) === JSON.stringify(expected),
        ['W-8', 'W-20'],
        JSON.stringify(expected),
        JSON.stringify(classic ?? 'no classic buckets'),
      );
    },
  },
  {
    name: 'native-max-buckets',
    requirements: ['W-20'],
    needs: ['histogram', 'native_histograms'],
    async run(scene) {
      const writer = await scene.open();
      await writer.declare({ type: 'histogram', name: 'few', native: { schema: 5, maxBuckets: 4 } });
      const values = [1, 1.1, 1.2, 1.5, -1, 3, 5, 7, 9, 11];
      await observe(writer, 'few', values.slice(0, 6));
      await writer.settle();
      await observe(writer, 'few', values.slice(6));
      await writer.settle();
      const whole = bucketsOf(values, { schema: 5 });
      let few = whole;
      while (few.positive.indexes.length + few.negative.indexes.length > 4) few = lowerSchema(few, few.schema - 1);
      await expectBuckets(scene, 'few', few, ['W-20']);
    },
  },
  {
    name: 'native-layouts',
    requirements: ['W-20', 'W-62'],
    needs: ['histogram', 'native_histograms'],
    async run(scene) {
      const layouts = [
        { schema: 2, zeroThreshold: 2 ** -10 },
        { schema: 4, zeroThreshold: 2 ** -2 },
      ];
      const all: NativeBuckets[] = [];
      for (const [i, native] of layouts.entries()) {
        const writer = await scene.open(i);
        await writer.declare({ type: 'histogram', name: 'shared', native });
        const values = [0.1, 0.3, -0.001, 1.01 + i, 100];
        await observe(writer, 'shared', values);
        await writer.settle();
        all.push(bucketsOf(values, native));
      }
      const sum = all.reduce(addNative);
      await expectBuckets(scene, 'shared', sum, ['W-20', 'W-62']);
    },
  },
  {
    name: 'native-answer-lost',
    requirements: ['W-22', 'W-30'],
    needs: ['histogram', 'native_histograms'],
    async run(scene) {
      const writer = await scene.open();
      const native = { schema: 3 };
      await writer.declare({ type: 'histogram', name: 'repeated', native });
      const values = [1, 1.2, 2];
      await observe(writer, 'repeated', values);
      await scene.strike(writer, { at: 'applied', then: 'cut' });
      // In a bucket of the batch without an answer, and in another one.
      await observe(writer, 'repeated', [1, 3]);
      await writer.settle();
      await expectBuckets(scene, 'repeated', bucketsOf([...values, 1, 3], native), ['W-22', 'W-30']);
      await scene.expectStatistics(writer, { pending: 0, dropped: 0 });
    },
  },
  {
    name: 'bad-native-layouts',
    requirements: ['W-60'],
    needs: ['histogram', 'native_histograms'],
    async run(scene) {
      const writer = await scene.open();
      const recordings: Recording[] = [];
      for (const [i, native] of BAD_LAYOUTS.entries()) {
        await writer.declare({ type: 'histogram', name: `bad_${i}`, native });
        recordings.push({ name: `bad_${i}`, value: 1 });
      }
      await expectDrops(scene, writer, recordings, { requirement: 'W-60', reasons: ['invalid_buckets'] });
    },
  },
];
