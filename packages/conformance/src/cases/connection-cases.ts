import { ProtocolError } from '../protocol/read-answers.js';
import { demand, Violation } from '../requirement.js';
import type { Scene } from '../scene/scene.js';
import type { Writer } from '../scene/writer.js';
import { isAcknowledged } from '../wire/sent-call.js';
import type { Fault } from '../wire/fault.js';
import type { ConformanceCase } from './conformance-case.js';

const CUTS = 3;

/** A writer that has written a round, so that what comes next is not its first call. */
async function openEstablished(scene: Scene): Promise<Writer> {
  const writer = await scene.open();
  await scene.write(writer);
  return writer;
}

async function cutRepeatedly(scene: Scene, fault: Fault): Promise<void> {
  const writer = await openEstablished(scene);
  await scene.record(writer);
  await scene.strike(writer, { ...fault, times: CUTS });
  await scene.record(writer);
  await writer.settle();
  await scene.expectRounds(writer, ['W-30', 'W-41']);
}

/** A flush that waits forever gives no answer itself. @throws Violation of W-42 */
async function expectBoundedWait(strike: Promise<unknown>): Promise<void> {
  try {
    await strike;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new Violation({ requirements: ['W-42'], expected: 'a limit to the wait for Redis', got: error.message });
  }
}

/** What happens to connections and to the server, while the data stay. */
export const connectionCases: readonly ConformanceCase[] = [
  {
    name: 'cut-before-applied',
    requirements: ['W-30', 'W-31', 'W-41'],
    run: (scene) => cutRepeatedly(scene, { at: 'call', then: 'cut' }),
  },
  {
    name: 'cut-after-applied',
    requirements: ['W-30', 'W-31', 'W-33', 'W-41'],
    async run(scene) {
      const writer = await openEstablished(scene);
      for (let i = 0; i < CUTS; i += 1) {
        await scene.record(writer);
        await scene.strike(writer, { at: 'applied', then: 'cut' });
        // What is recorded now must not be added to the batch without an answer.
        await scene.record(writer);
        await writer.settle();
      }
      await scene.expectRounds(writer, ['W-30', 'W-41']);
    },
  },
  {
    name: 'first-answer-lost',
    requirements: ['W-28', 'W-30', 'W-41'],
    async run(scene) {
      const writer = await scene.open();
      await scene.record(writer);
      await scene.strike(writer, { at: 'applied', then: 'cut' });
      await writer.settle();
      await scene.expectRounds(writer, ['W-30', 'W-41']);
    },
  },
  {
    name: 'no-answer',
    requirements: ['W-17', 'W-41', 'W-42'],
    isSlow: true,
    async run(scene) {
      const writer = await openEstablished(scene);
      await scene.record(writer);
      await expectBoundedWait(scene.strike(writer, { at: 'applied', then: 'silence' }));
      await scene.record(writer);
      await writer.settle();
      await scene.expectRounds(writer, ['W-41', 'W-42']);
      const first = scene.proxy.calls.find(({ deliveredAtMs }) => deliveredAtMs === undefined);
      const again = scene.proxy.calls.findLast(({ call }) => call.batch === first?.call.batch);
      demand(first !== undefined && again !== undefined, ['W-41'], 'the same batch again', 'other calls');
      const [before, after] = [first.call.ageMs, again.call.ageMs];
      demand(after > before, ['W-17'], `an age of more than ${before} ms after the wait`, after);
    },
  },
  {
    name: 'answer-delayed',
    requirements: ['W-29', 'W-33'],
    async run(scene) {
      const writer = await openEstablished(scene);
      const other = await scene.open(1);
      await scene.record(writer);
      // Until the other one has written, what waits for the answer must send nothing.
      await scene.strike(writer, { at: 'applied', meanwhile: () => scene.write(other, 4), then: 'pass' });
      await scene.write(writer);
      await scene.expectPresence(writer, ['W-29', 'W-33']);
    },
  },
  {
    name: 'redis-away',
    requirements: ['W-31', 'W-32', 'W-56', 'W-57'],
    async run(scene) {
      const writer = await openEstablished(scene);
      const { flushed } = await writer.statistics();
      scene.proxy.goDown();
      const rounds = 4;
      for (let i = 0; i < rounds; i += 1) {
        await scene.record(writer);
        demand(!(await writer.flush()), ['W-31'], 'a flush that is not done, as Redis is away', 'done');
      }
      await scene.expectStatistics(writer, { flushed, pending: writer.recorded - flushed });
      scene.proxy.goUp();
      const before = scene.proxy.calls.length;
      await writer.settle();
      await scene.expectRounds(writer, ['W-31']);
      const calls = scene.proxy.calls.length - before;
      scene.advise(calls <= rounds, ['W-32'], `less than ${rounds} batches for one series`, String(calls));
    },
  },
  {
    name: 'frozen-writer',
    requirements: ['W-30', 'W-41'],
    async run(scene) {
      const writer = await openEstablished(scene);
      await scene.record(writer);
      await scene.strike(writer, {
        at: 'applied',
        // The connection ends while the process is stopped.
        meanwhile: async () => {
          writer.process.freeze();
          scene.proxy.cutAll();
          await scene.redis.ping();
          writer.process.resume();
        },
        then: 'cut',
      });
      await scene.record(writer);
      await writer.settle();
      await scene.expectRounds(writer, ['W-30', 'W-41']);
    },
  },
  {
    name: 'script-forgotten',
    requirements: ['W-19'],
    async run(scene) {
      const writer = await openEstablished(scene);
      await scene.redis.script('FLUSH');
      await scene.write(writer);
      await scene.expectRounds(writer, ['W-19']);
    },
  },
  {
    name: 'restart-with-data',
    requirements: ['W-19', 'W-30', 'W-41'],
    async run(scene) {
      const writer = await openEstablished(scene);
      await scene.record(writer);
      await scene.strike(writer, { at: 'applied', meanwhile: () => scene.stage.restartRedis(false), then: 'cut' });
      await scene.record(writer);
      await writer.settle();
      await scene.expectRounds(writer, ['W-19', 'W-30', 'W-41']);
      const answers = scene.proxy.calls
        .filter(isAcknowledged)
        .map(({ answer }) => answer?.kind === 'texts' && answer.texts[0]);
      demand(answers.includes('duplicate'), ['W-30'], 'the batch without an answer again', 'no duplicate');
    },
  },
];
