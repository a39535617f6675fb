import { demand } from '../requirement.js';
import type { Scene } from '../scene/scene.js';
import type { ConformanceCase } from './conformance-case.js';

/** Checks that no two writers offer the same id for a new data set. */
function expectFreshIds(scene: Scene): void {
  const fresh = new Map<string, string>();
  for (const { call } of scene.proxy.calls) {
    const other = fresh.get(call.freshDataset) ?? call.incarnation;
    demand(other === call.incarnation, ['W-16'], 'argument 4 that no other writer has', call.freshDataset);
    fresh.set(call.freshDataset, call.incarnation);
  }
}

/** Several writers, and one writer after another. */
export const identityCases: readonly ConformanceCase[] = [
  {
    name: 'two-writers',
    requirements: ['W-16', 'W-22', 'W-27'],
    async run(scene) {
      const [one, other] = [await scene.open(0), await scene.open(1)];
      for (let i = 0; i < 3; i += 1) {
        await scene.write(one);
        await scene.write(other);
      }
      await scene.expectPresence(one, ['W-22', 'W-27']);
      for (const writer of [one, other]) await scene.expectStatistics(writer, { flushed: writer.recorded });
      expectFreshIds(scene);
    },
  },
  {
    name: 'two-writers-cut',
    requirements: ['W-27', 'W-30', 'W-41'],
    async run(scene) {
      const [one, other] = [await scene.open(0), await scene.open(1)];
      for (const [writer, rival] of [
        [one, other],
        [other, one],
      ] as const) {
        await scene.record(writer);
        await scene.strike(writer, { at: 'applied', then: 'cut' });
        await scene.write(rival);
        await writer.settle();
      }
      await scene.expectPresence(one, ['W-27', 'W-30']);
      expectFreshIds(scene);
    },
  },
  {
    name: 'writer-starts-again',
    requirements: ['W-27', 'W-54'],
    async run(scene) {
      const first = await scene.open();
      await scene.write(first, 2);
      await first.close();
      await scene.stage.endProcess(0);
      const second = await scene.open();
      await scene.write(second, 2);
      await scene.expectRounds(second, ['W-27']);
      expectFreshIds(scene);
    },
  },
  {
    name: 'two-in-a-process',
    requirements: ['W-27'],
    async run(scene) {
      const first = await scene.open();
      await scene.write(first);
      await first.close();
      const second = await scene.open();
      await scene.write(second);
      await scene.expectRounds(second, ['W-27']);
      expectFreshIds(scene);
    },
  },
  {
    name: 'different-bounds',
    requirements: ['W-20'],
    needs: ['histogram'],
    async run(scene) {
      const [one, other] = [await scene.open(0), await scene.open(1)];
      await one.declare({ type: 'histogram', name: 'sizes', bounds: [10, 20] });
      await other.declare({ type: 'histogram', name: 'sizes', bounds: [10, 30] });
      for (const writer of [one, other, one]) {
        await writer.record({ name: 'sizes', value: 5 }, { name: 'sizes', value: 40 });
        await writer.settle();
      }
      const record = await scene.redis.get(`${scene.prefix}:histogram:sizes`);
      const { counts } = JSON.parse(record ?? '{}') as { readonly counts?: unknown };
      demand(JSON.stringify(counts) === '[3,0,0,3]', ['W-20'], 'counts [3,0,0,3]', JSON.stringify(counts));
    },
  },
];
