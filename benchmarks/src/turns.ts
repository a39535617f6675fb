import { startRedisServer } from '@redmeter/test-servers';
import type { Benchmark, Progress } from './benchmark.js';
import { programPath, runProgram } from './child-program.js';

const MAX_MS = 10;

/** A machine with other work to do has slow moments; what the library does for too long, it does in each of so many runs. */
const MAX_RUNS = 5;

/** Work with 50,000 series, and which of its rounds counts: a removal is one call, the first of which is compiled on the way. */
const WORKS: Readonly<Record<string, (...turnsMs: number[]) => number>> = {
  'changed counters': Math.max,
  'changed histograms': Math.max,
  'idle counters': Math.max,
  'clear()': Math.min,
  'removeMatching()': Math.min,
};

interface Turns {
  /** The longest turn of each round, in milliseconds of CPU. */
  readonly turnsMs: readonly number[];
  /** The same without the library. */
  readonly idleTurnsMs: readonly number[];
}

/** For how long the library keeps the event loop while it works with many series. */
export const turns: Benchmark = {
  name: 'turns',
  async run(progress) {
    const measured: (readonly [work: string, aboveIdleMs: number])[] = [];
    for (const work of Object.keys(WORKS)) measured.push([work, await aboveIdleMs(work, progress)]);
    return {
      name: 'turns',
      method:
        'Longest turn of the event loop while 50,000 series are flushed, expire or are removed, three rounds, in CPU of the main ' +
        `thread above that of the same process when idle; the best of up to ${MAX_RUNS} runs.`,
      columns: ['work', 'longest turn above idle'],
      rows: measured.map(([work, ms]) => [work, `${ms.toFixed(1)} ms`]),
      claims: measured.map(([work, ms]) => ({
        text: `longest turn, ${work}`,
        measured: ms,
        atMost: MAX_MS,
        unit: ' ms',
      })),
    };
  },
};

async function aboveIdleMs(work: string, progress: Progress): Promise<number> {
  let above = Number.POSITIVE_INFINITY;
  for (let run = 1; run <= MAX_RUNS && above > MAX_MS; run += 1) {
    progress(`${work}, run ${run}`);
    const server = await startRedisServer();
    try {
      const path = programPath(import.meta.url, 'library/turns');
      const { turnsMs, idleTurnsMs } = await runProgram<Turns>(path, [server.url, work]);
      above = Math.min(above, (WORKS[work] ?? Math.max)(...turnsMs) - Math.max(...idleTurnsMs));
    } finally {
      await server.stop();
    }
  }
  return above;
}
