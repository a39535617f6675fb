import type { Scene } from '../scene/scene.js';
import { demand } from '../requirement.js';
import type { Writer } from '../scene/writer.js';
import type { ConformanceCase } from './conformance-case.js';

const TAKEN = 'list';
const UNREADABLE = 'text';

/** Opens a writer with a counter of which Redis refuses two series. */
async function openRefused(scene: Scene): Promise<Writer> {
  const writer = await scene.open();
  await writer.declare({ type: 'counter', name: 'refused', labels: ['holds'] });
  await scene.redis.rpush(`${scene.prefix}:counter:refused:holds=${TAKEN}`, 'x');
  await scene.redis.set(`${scene.prefix}:counter:refused:holds=${UNREADABLE}`, 'no record');
  return writer;
}

async function recordRefused(scene: Scene, writer: Writer): Promise<void> {
  for (const holds of [TAKEN, UNREADABLE, 'nothing'])
    await writer.record({ name: 'refused', labels: { holds }, value: 1 });
  await scene.record(writer);
}

async function expectRefusals(scene: Scene, writer: Writer, times: number): Promise<void> {
  await scene.expectPresence(writer, ['W-34']);
  const accepted = await scene.redis.get(`${scene.prefix}:counter:refused:holds=nothing`);
  const { value } = JSON.parse(accepted ?? '{}') as { readonly value?: number };
  demand(value === times, ['W-34'], `${times} in the series that is not refused`, value ?? 'nothing');
  const { dropped } = await scene.expectStatistics(writer, { pending: 0, dropped: 2 * times });
  for (const reason of ['wrong_redis_type', 'unreadable_value']) {
    demand(dropped[reason] === times, ['W-34', 'W-58'], `${times} dropped as ${reason}`, JSON.stringify(dropped));
  }
}

/** Series that Redis refuses. */
export const refusalCases: readonly ConformanceCase[] = [
  {
    name: 'refused-series',
    requirements: ['W-33', 'W-34', 'W-58'],
    async run(scene) {
      const writer = await openRefused(scene);
      for (let i = 0; i < 2; i += 1) {
        await recordRefused(scene, writer);
        await writer.settle();
      }
      await expectRefusals(scene, writer, 2);
    },
  },
  {
    name: 'refusals-of-lost-answer',
    requirements: ['W-33', 'W-34', 'W-58'],
    async run(scene) {
      const writer = await openRefused(scene);
      await recordRefused(scene, writer);
      await scene.strike(writer, { at: 'applied', then: 'cut' });
      await writer.settle();
      await expectRefusals(scene, writer, 1);
    },
  },
  {
    name: 'type-taken',
    requirements: ['W-34', 'W-58'],
    async run(scene) {
      await scene.redis.set(scene.keys.family('taken'), '{"type":"gauge","mode":"last","declared":1}');
      const writer = await scene.open();
      await writer.declare({ type: 'counter', name: 'taken' });
      await writer.record({ name: 'taken', value: 1 });
      await scene.write(writer);
      await scene.expectPresence(writer, ['W-34']);
      const { dropped } = await scene.expectStatistics(writer, { pending: 0, dropped: 1 });
      demand(dropped['type_conflict'] === 1, ['W-34', 'W-58'], 'a drop as type_conflict', JSON.stringify(dropped));
    },
  },
  {
    name: 'index-error',
    requirements: ['W-35'],
    async run(scene) {
      const writer = await scene.open();
      await scene.write(writer);
      await scene.redis.del(scene.keys.live);
      await scene.redis.set(scene.keys.live, 'no sorted set');
      await scene.write(writer, 2);
      await scene.expectRounds(writer, ['W-35']);
    },
  },
];
