import { copyData, restoreData } from '../scene/data-copy.js';
import type { Scene } from '../scene/scene.js';
import { lostIn, type Writer } from '../scene/writer.js';
import { demand, type RequirementId } from '../requirement.js';
import type { ConformanceCase } from './conformance-case.js';

const WRITTEN = 3;
/** More than most writers hold after they were answered. */
const MANY_BATCHES = 80;

/** A writer that has written rounds 0 to 2. */
async function openWritten(scene: Scene): Promise<Writer> {
  const writer = await scene.open();
  await scene.write(writer, WRITTEN);
  return writer;
}

const writtenRounds = Array.from({ length: WRITTEN }, (_, round) => round);

async function ledgersOf(scene: Scene, kinds: readonly ('writer' | 'mark')[]): Promise<string[]> {
  const keys = await Promise.all(kinds.map((kind) => scene.redis.keys(scene.keys[kind]('*'))));
  return keys.flat();
}

/** Deletes internal keys between two batches: the data stay, and no round may be missing or twice. */
async function deleteBetween(scene: Scene, requirement: RequirementId, keys: () => Promise<string[]>): Promise<void> {
  const writer = await openWritten(scene);
  const found = await keys();
  if (found.length > 0) await scene.redis.del(found);
  await scene.write(writer, 2);
  await scene.expectPresence(writer, [requirement]);
  await scene.expectStatistics(writer, { pending: 0 });
}

/** What happens to the data. */
export const dataLossCases: readonly ConformanceCase[] = [
  {
    name: 'ledger-deleted',
    requirements: ['W-37', 'W-47'],
    run: (scene) => deleteBetween(scene, 'W-37', () => ledgersOf(scene, ['writer'])),
  },
  {
    name: 'mark-deleted',
    requirements: ['W-47'],
    run: (scene) => deleteBetween(scene, 'W-37', () => ledgersOf(scene, ['mark'])),
  },
  {
    name: 'ledger-and-mark-deleted',
    requirements: ['W-37', 'W-49'],
    run: (scene) => deleteBetween(scene, 'W-37', () => ledgersOf(scene, ['writer', 'mark'])),
  },
  {
    name: 'ledger-mark-revision-deleted',
    requirements: ['W-37', 'W-49'],
    run: (scene) =>
      deleteBetween(scene, 'W-37', async () => [scene.keys.revision, ...(await ledgersOf(scene, ['writer', 'mark']))]),
  },
  {
    name: 'data-set-deleted',
    requirements: ['W-16'],
    run: (scene) => deleteBetween(scene, 'W-16', () => Promise.resolve([scene.keys.dataset])),
  },
  {
    name: 'revision-deleted',
    requirements: ['W-48'],
    run: (scene) => deleteBetween(scene, 'W-48', () => Promise.resolve([scene.keys.revision])),
  },
  {
    name: 'in-doubt-without-ledger',
    requirements: ['W-37', 'W-49', 'W-57'],
    async run(scene) {
      const writer = await openWritten(scene);
      await scene.record(writer);
      // Redis has the batch, the writer does not know it, and nothing in Redis shows it.
      const meanwhile = async (): Promise<void> => {
        await scene.redis.del(await ledgersOf(scene, ['writer', 'mark']));
      };
      await scene.strike(writer, { at: 'applied', meanwhile, then: 'cut' });
      await scene.record(writer);
      await writer.settle();
      await scene.expectPresence(writer, ['W-37']);
      const { dropped } = await scene.expectStatistics(writer, { pending: 0 });
      const inDoubt = (dropped['in_doubt'] ?? 0) + (dropped['lost'] ?? 0);
      const each = writer.description.types.length;
      demand(inDoubt >= each, ['W-37', 'W-57'], `at least ${each} recordings as in_doubt or lost`, inDoubt);
    },
  },
  {
    name: 'data-deleted',
    requirements: ['W-37', 'W-38', 'W-57'],
    async run(scene) {
      const writer = await openWritten(scene);
      await scene.redis.flushall();
      await scene.write(writer, 2);
      await scene.expectRounds(writer, ['W-37'], writtenRounds);
      const isWrittenAgain = [...(await scene.presence(writer, ['W-37'])).values()].some(
        (presence) => presence[0] === 1,
      );
      scene.advise(!isWrittenAgain, ['W-38'], 'deleted data not written again', 'written again');
    },
  },
  {
    name: 'data-deleted-in-doubt',
    requirements: ['W-30', 'W-37', 'W-57'],
    async run(scene) {
      const writer = await openWritten(scene);
      await scene.record(writer);
      await scene.strike(writer, { at: 'applied', meanwhile: () => scene.redis.flushall(), then: 'cut' });
      await scene.record(writer);
      await writer.settle();
      await scene.expectRounds(writer, ['W-37'], [...writtenRounds, WRITTEN]);
    },
  },
  {
    name: 'data-deleted-answer-lost',
    requirements: ['W-37', 'W-48'],
    async run(scene) {
      const writer = await openWritten(scene);
      await scene.redis.flushall();
      await scene.record(writer);
      // Only the answer to the duplicate has the revision of the new data.
      await scene.strike(writer, { at: 'applied', then: 'cut' });
      await writer.settle();
      await scene.redis.del(await ledgersOf(scene, ['writer', 'mark']));
      await scene.write(writer);
      await scene.expectPresence(writer, ['W-37', 'W-48'], writtenRounds);
      await scene.expectStatistics(writer, { pending: 0 });
    },
  },
  {
    name: 'restart-without-data',
    requirements: ['W-19', 'W-37', 'W-41', 'W-57'],
    async run(scene) {
      const writer = await openWritten(scene);
      await scene.stage.restartRedis(true);
      await scene.write(writer, 2);
      await scene.expectRounds(writer, ['W-37'], writtenRounds);
    },
  },
  {
    name: 'data-went-back',
    requirements: ['W-36', 'W-47', 'W-49', 'W-50', 'W-57'],
    async run(scene) {
      const writer = await openWritten(scene);
      const copy = await copyData(scene.redis);
      await scene.write(writer, 2);
      await restoreData(scene.redis, copy);
      await scene.write(writer);
      await scene.expectRounds(writer, ['W-36'], [WRITTEN, WRITTEN + 1]);
    },
  },
  {
    name: 'data-went-back-in-doubt',
    requirements: ['W-30', 'W-36', 'W-47', 'W-57'],
    async run(scene) {
      const writer = await openWritten(scene);
      const copy = await copyData(scene.redis);
      await scene.write(writer);
      await scene.record(writer);
      await scene.strike(writer, { at: 'applied', meanwhile: () => restoreData(scene.redis, copy), then: 'cut' });
      await scene.record(writer);
      await writer.settle();
      await scene.expectRounds(writer, ['W-36'], [WRITTEN]);
    },
  },
  {
    name: 'data-went-far-back',
    requirements: ['W-36', 'W-49', 'W-50', 'W-57'],
    async run(scene) {
      const writer = await openWritten(scene);
      await writer.declare({ type: 'counter', name: 'far' });
      await writer.record({ name: 'far', value: 1 });
      await writer.settle();
      const copy = await copyData(scene.redis);
      for (let i = 0; i < MANY_BATCHES; i += 1) {
        await writer.record({ name: 'far', value: 1 });
        await writer.settle();
      }
      await restoreData(scene.redis, copy);
      await writer.record({ name: 'far', value: 1 });
      await scene.write(writer);
      await scene.expectPresence(writer, ['W-36']);
      const record = await scene.redis.get(`${scene.prefix}:counter:far`);
      const { value = 0 } = JSON.parse(record ?? '{}') as { readonly value?: number };
      const lost = lostIn(await scene.expectStatistics(writer, { pending: 0 }));
      const expected = MANY_BATCHES + 2 - lost;
      demand(
        value === expected,
        ['W-36', 'W-50', 'W-57'],
        `${expected} in Redis, as ${lost} are counted as lost`,
        value,
      );
    },
  },
  {
    name: 'data-went-back-refused',
    requirements: ['W-34', 'W-36', 'W-57'],
    async run(scene) {
      const writer = await openWritten(scene);
      await writer.declare({ type: 'counter', name: 'refused' });
      await scene.redis.rpush(`${scene.prefix}:counter:refused`, 'x');
      await writer.record({ name: 'refused', value: 1 });
      await scene.write(writer);
      const copy = await copyData(scene.redis);
      await scene.write(writer);
      await restoreData(scene.redis, copy);
      await scene.write(writer);
      await scene.expectRounds(writer, ['W-36'], [WRITTEN + 1], 1);
    },
  },
  {
    name: 'data-came-back',
    requirements: ['W-47'],
    async run(scene) {
      const writer = await openWritten(scene);
      const older = await copyData(scene.redis);
      await scene.write(writer, 2);
      const newer = await copyData(scene.redis);
      await restoreData(scene.redis, older);
      await scene.write(writer);
      // A state that the writer has left behind; only numbers that are kept for life say what is in it.
      await restoreData(scene.redis, newer);
      await scene.write(writer);
      await scene.expectPresence(writer, ['W-47'], [WRITTEN, WRITTEN + 1, WRITTEN + 2]);
      await scene.expectStatistics(writer, { pending: 0 });
    },
  },
  {
    name: 'data-before-first-batch',
    requirements: ['W-37', 'W-49', 'W-57'],
    async run(scene) {
      const writer = await scene.open();
      await scene.redis.set(scene.keys.dataset, '{"format":1,"id":"before-the-writer","shards":1}');
      await scene.write(writer, WRITTEN);
      await scene.redis.flushall();
      await scene.redis.set(scene.keys.dataset, '{"format":1,"id":"before-the-writer","shards":1}');
      await scene.write(writer);
      await scene.expectRounds(writer, ['W-37', 'W-49'], writtenRounds);
    },
  },
  {
    name: 'other-format',
    requirements: ['W-39'],
    async run(scene) {
      const other = '{"format":2,"id":"of-the-future","shards":1}';
      await scene.redis.set(scene.keys.dataset, other);
      const writer = await scene.open();
      await scene.record(writer);
      const isDone = await writer.flush();
      const { pending } = await scene.expectStatistics(writer, { flushed: 0 });
      demand(!isDone || pending === 0, ['W-39'], 'a flush that is not done, or drops', 'a flush that is done');
      const keys = await scene.redis.keys('*');
      demand(keys.length === 1, ['W-39'], 'nothing written', keys.join(' '));
      // So that the writer can be closed.
      await scene.redis.del(scene.keys.dataset);
    },
  },
];
