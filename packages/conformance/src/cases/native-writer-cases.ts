import { buildSeriesKey, FORMAT_VERSION, internalKeys, type MetricType } from '@redmeter/metric-format';
import { demand } from '../requirement.js';
import type { Scene } from '../scene/scene.js';
import { storedRecord } from '../scene/stored-record.js';
import type { ConformanceCase } from './conformance-case.js';

/** Runs the merge script as another writer does: one batch with one series, of an incarnation of its own. */
async function writeAsAnother(
  { prefix, redis, stage: { script } }: Scene,
  { type, name, family, operation }: { type: MetricType; name: string; family: object; operation: object },
): Promise<void> {
  const keys = internalKeys({ prefix });
  const id = `another-writer-of-the-kit-${name}`;
  const allKeys = [
    ...[keys.dataset, keys.revision, keys.changed, keys.live, keys.writer(id), keys.family(name)],
    buildSeriesKey({ prefix }, type, name, []),
  ];
  const dataset = JSON.parse((await redis.get(keys.dataset)) ?? '{}') as { readonly id?: string };
  const head = [FORMAT_VERSION, 1, dataset.id ?? '', 'a-new-data-set', 1, 0, 1_800_000, 1];
  const jsons = [
    { type, age: 0, ...family },
    { type, family: 1, ...operation },
  ].map((each) => JSON.stringify(each));
  await redis.eval(script, allKeys.length, ...allKeys, ...head, ...jsons);
}

/** A writer without native histograms and exemplars, beside one that has them. */
export const nativeWriterCases: readonly ConformanceCase[] = [
  {
    name: 'beside-native-histogram',
    requirements: ['W-20', 'W-33'],
    needs: ['histogram'],
    async run(scene) {
      const writer = await scene.open();
      await writer.declare({ type: 'histogram', name: 'shared', bounds: [1, 10] });
      const observe = async (...values: readonly number[]): Promise<void> => {
        await writer.record(...values.map((value) => ({ name: 'shared', value })));
        await writer.settle();
      };
      await observe(0.5, 5);
      await writeAsAnother(scene, {
        ...{ type: 'histogram', name: 'shared', family: { native: { schema: 0 } } },
        operation: { schema: 0, positive: { indexes: [0, 5], counts: [1, 2] }, sum: 41 },
      });
      await observe(5, 50);
      const { count, shape, sum } = await storedRecord(scene, 'histogram', 'shared', ['W-33']);
      demand(count === 7 && sum === 101.5, ['W-33'], '7 observations with the sum 101.5', `${count}, ${sum}`);
      const counts = shape.kind === 'native' ? shape.classic?.counts : undefined;
      demand(JSON.stringify(counts) === '[2,2,3]', ['W-20'], 'both kinds, and counts [2,2,3]', JSON.stringify(shape));
      await scene.expectStatistics(writer, { pending: 0, dropped: 0 });
    },
  },
  {
    name: 'beside-exemplars',
    requirements: ['W-22', 'W-33'],
    needs: ['counter'],
    async run(scene) {
      const writer = await scene.open();
      await writer.declare({ type: 'counter', name: 'shared' });
      const add = async (value: number): Promise<void> => {
        await writer.record({ name: 'shared', value });
        await writer.settle();
      };
      await add(1);
      const exemplar = { labels: { trace_id: '4bf92f3577b34da6' }, value: 2, age: 0 };
      await writeAsAnother(scene, { type: 'counter', name: 'shared', family: {}, operation: { add: 2, exemplar } });
      await add(4);
      const { exemplars = [], value } = await storedRecord(scene, 'counter', 'shared', ['W-33']);
      demand(value === 7, ['W-22'], 'the value 7', value);
      demand(exemplars[0]?.value === 2, ['W-22'], 'the exemplar of the other writer', JSON.stringify(exemplars));
      await scene.expectStatistics(writer, { pending: 0, dropped: 0 });
    },
  },
];
