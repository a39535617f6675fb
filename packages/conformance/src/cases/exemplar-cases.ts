import { setTimeout as pause } from 'node:timers/promises';
import { MAX_EXEMPLAR_CHARACTERS, MAX_EXEMPLARS, type Exemplar } from '@redmeter/metric-format';
import type { Declaration } from '../protocol/messages.js';
import { demand, type RequirementId } from '../requirement.js';
import type { Scene } from '../scene/scene.js';
import { storedRecord } from '../scene/stored-record.js';
import type { ConformanceCase } from './conformance-case.js';

const RECORDED_LATER_MS = 250;
const LONGEST = { id: '😀'.repeat(MAX_EXEMPLAR_CHARACTERS - 'id'.length) };
const BAD_EXEMPLARS: readonly Readonly<Record<string, string>>[] = [
  { '': 'x' },
  { id: 'x'.repeat(MAX_EXEMPLAR_CHARACTERS - 1) },
  { id: 'ü'.repeat(64), trace: 'ü'.repeat(64) },
];

/** Checks the exemplars of a series: the labels of each, by its value. */
function expectExemplars(
  stored: readonly Exemplar[] | undefined,
  expected: readonly (readonly [value: number, labels: Readonly<Record<string, string>>])[],
  requirements: readonly RequirementId[],
): void {
  const got = (stored ?? []).map(({ labels, value }) => [value, Object.fromEntries(labels)] as const);
  const textOf = (list: typeof expected): string => JSON.stringify([...list].sort(([a], [b]) => a - b));
  demand(textOf(got) === textOf(expected), requirements, `exemplars ${textOf(expected)}`, textOf(got));
}

/** Histograms of each kind that the writer has. */
function histograms(scene: Scene, features: readonly string[]): Declaration[] {
  const classic: Declaration = { type: 'histogram', name: 'classic', bounds: [1, 10] };
  const native: Declaration = { type: 'histogram', name: 'native', native: { schema: 0 } };
  return features.includes('native_histograms') ? [classic, native] : [classic];
}

/** Exemplars, for writers that have them. */
export const exemplarCases: readonly ConformanceCase[] = [
  {
    name: 'exemplars-of-counter',
    requirements: ['W-61', 'W-64'],
    needs: ['counter', 'exemplars'],
    async run(scene) {
      const writer = await scene.open();
      await writer.declare({ type: 'counter', name: 'paid' });
      const newest = { trace_id: '4bf92f3577b34da6', user: '"ü" 😀\n' };
      await writer.record({ name: 'paid', value: 1, exemplar: { trace_id: 'older' } });
      await writer.record({ name: 'paid', value: 2, exemplar: newest });
      await writer.record({ name: 'paid', value: 4 });
      await writer.settle();
      const first = await storedRecord(scene, 'counter', 'paid', ['W-22']);
      demand(first.value === 7, ['W-22'], 'the value 7', first.value);
      expectExemplars(first.exemplars, [[2, newest]], ['W-64']);
      // What was written stays without a newer one.
      await writer.record({ name: 'paid', value: 1 });
      await writer.settle();
      expectExemplars((await storedRecord(scene, 'counter', 'paid', ['W-22'])).exemplars, [[2, newest]], ['W-64']);
      await writer.record({ name: 'paid', value: 1, exemplar: LONGEST });
      await writer.settle();
      expectExemplars((await storedRecord(scene, 'counter', 'paid', ['W-22'])).exemplars, [[1, LONGEST]], ['W-61']);
    },
  },
  {
    name: 'exemplars-of-histogram',
    requirements: ['W-64'],
    needs: ['histogram', 'exemplars'],
    async run(scene) {
      const writer = await scene.open();
      for (const declaration of histograms(scene, writer.description.features)) {
        const { name } = declaration;
        await writer.declare(declaration);
        // The first two are in one bucket, of both kinds.
        for (const [value, id] of [
          [3, 'older'],
          [4, 'newer'],
          [0.5, 'small'],
          [-20, 'below 0'],
          [100, 'large'],
        ] as const) {
          await writer.record({ name, value, exemplar: { id } });
        }
        await writer.record({ name, value: 3.5 });
        await writer.settle();
        const { count, exemplars } = await storedRecord(scene, 'histogram', name, ['W-22']);
        demand(count === 6, ['W-22'], '6 observations', count);
        const isNative = declaration.native !== undefined;
        const expected = [
          [4, { id: 'newer' }] as const,
          [-20, { id: 'below 0' }] as const,
          [100, { id: 'large' }] as const,
        ];
        // Of classic buckets, the first holds both 0.5 and -20.
        expectExemplars(exemplars, isNative ? [...expected, [0.5, { id: 'small' }]] : expected, ['W-64']);
      }
    },
  },
  {
    name: 'exemplars-of-many-buckets',
    requirements: ['W-64'],
    needs: ['histogram', 'exemplars'],
    async run(scene) {
      const writer = await scene.open();
      const bounds = Array.from({ length: 2 * MAX_EXEMPLARS }, (_, i) => i);
      await writer.declare({ type: 'histogram', name: 'wide', bounds });
      await writer.record(...bounds.map((value) => ({ name: 'wide', value, exemplar: { id: `${value}` } })));
      await writer.settle();
      const { count, exemplars = [] } = await storedRecord(scene, 'histogram', 'wide', ['W-64']);
      demand(count === bounds.length, ['W-64'], `${bounds.length} observations`, count);
      demand(exemplars.length === MAX_EXEMPLARS, ['W-64'], `${MAX_EXEMPLARS} exemplars`, exemplars.length);
    },
  },
  {
    name: 'exemplar-order',
    requirements: ['W-64'],
    needs: ['counter', 'exemplars'],
    async run(scene) {
      const [one, other] = [await scene.open(0), await scene.open(1)];
      for (const writer of [one, other]) await writer.declare({ type: 'counter', name: 'paid' });
      await one.record({ name: 'paid', value: 1, exemplar: { id: 'first' } });
      // Longer than a call takes, since the time on its way is not part of the age.
      await pause(RECORDED_LATER_MS);
      await other.record({ name: 'paid', value: 2, exemplar: { id: 'second' } });
      await other.settle();
      // Recorded first, written last.
      await one.settle();
      const { exemplars, value } = await storedRecord(scene, 'counter', 'paid', ['W-22']);
      demand(value === 3, ['W-22'], 'the value 3', value);
      expectExemplars(exemplars, [[2, { id: 'second' }]], ['W-64']);
    },
  },
  {
    name: 'bad-exemplars',
    requirements: ['W-61'],
    needs: ['counter', 'exemplars'],
    async run(scene) {
      const writer = await scene.open();
      await writer.declare({ type: 'counter', name: 'paid' });
      for (const exemplar of BAD_EXEMPLARS) await writer.record({ name: 'paid', value: 1, exemplar });
      await scene.write(writer);
      await scene.expectPresence(writer, ['W-61']);
      const { exemplars, value } = await storedRecord(scene, 'counter', 'paid', ['W-61']);
      demand(value === BAD_EXEMPLARS.length, ['W-61'], `the value ${BAD_EXEMPLARS.length}`, value);
      expectExemplars(exemplars, [], ['W-61']);
      await scene.expectStatistics(writer, { pending: 0, dropped: 0 });
    },
  },
];
