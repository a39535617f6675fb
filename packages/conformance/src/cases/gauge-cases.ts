import { setTimeout as pause } from 'node:timers/promises';
import { demand } from '../requirement.js';
import type { Scene } from '../scene/scene.js';
import type { ConformanceCase } from './conformance-case.js';

const SET_LATER_MS = 250;

async function storedGauge(scene: Scene, name: string): Promise<unknown> {
  const record = await scene.redis.get(`${scene.prefix}:gauge:${name}`);
  return record === null ? undefined : (JSON.parse(record) as { readonly value?: unknown }).value;
}

/** Gauges, for writers that have them. */
export const gaugeCases: readonly ConformanceCase[] = [
  {
    name: 'gauge-values',
    requirements: ['W-5', 'W-23'],
    needs: ['gauge'],
    async run(scene) {
      const writer = await scene.open();
      await writer.declare({ type: 'gauge', name: 'level' });
      for (const value of [3, -2.5, 'NaN', '+Inf', '-Inf', 0.1] as const) {
        await writer.record({ name: 'level', value: 7 }, { name: 'level', value });
        await writer.settle();
        const stored = await storedGauge(scene, 'level');
        demand(stored === value, ['W-5', 'W-23'], `the gauge ${value}`, String(stored));
      }
      await scene.expectStatistics(writer, { pending: 0, dropped: 0 });
    },
  },
  {
    name: 'gauge-order',
    requirements: ['W-23'],
    needs: ['gauge'],
    async run(scene) {
      const [one, other] = [await scene.open(0), await scene.open(1)];
      for (const writer of [one, other]) await writer.declare({ type: 'gauge', name: 'level' });
      await one.record({ name: 'level', value: 1 });
      await scene.strike(one, {
        at: 'call',
        // Set after the value on its way, written before it.
        meanwhile: async () => {
          // Longer than a call takes, since the time on its way is not part of the age.
          await pause(SET_LATER_MS);
          await other.record({ name: 'level', value: 2 });
          await other.settle();
        },
        then: 'cut',
      });
      await one.settle();
      const stored = await storedGauge(scene, 'level');
      demand(stored === 2, ['W-23'], 'the gauge 2, which was set last', String(stored));
    },
  },
  {
    name: 'gauge-of-process',
    requirements: ['W-24'],
    needs: ['gauge'],
    async run(scene) {
      const [one, other] = [await scene.open(0), await scene.open(1)];
      for (const [i, writer] of [one, other].entries()) {
        await writer.declare({ type: 'gauge', name: 'memory', mode: 'process' });
        await writer.record({ name: 'memory', value: i });
        await writer.settle();
      }
      const keys = await scene.redis.keys(`${scene.prefix}:gauge:memory:process=*`);
      demand(keys.length === 2, ['W-24'], 'a series for each of 2 processes', keys.length);
    },
  },
];
