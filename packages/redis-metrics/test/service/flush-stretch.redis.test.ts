import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { startRedisServer } from '@redmeter/test-servers';

const SERIES = 50_000;
const ROUNDS = 3;
const LONGEST_MS = 10;

// A removal is one call, the first of which is compiled on the way.
it.each([
  ['changed counters', Math.max],
  ['changed histograms', Math.max],
  ['idle counters', Math.max],
  ['clear()', Math.min],
  ['removeMatching()', Math.min],
])(
  'work with 50,000 series does not keep the event loop longer than 10 ms of CPU: %s',
  async (work, judged) => {
    const server = await startRedisServer();
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...['--conditions=redmeter-source', '--import', 'tsx', require.resolve('./stretch-process.ts')],
      ...['--redis', server.url, '--work', work, '--series', String(SERIES), '--rounds', String(ROUNDS)],
    ]);
    const { stretches, controls, flushed } = JSON.parse(stdout) as Record<'stretches' | 'controls', number[]> & {
      readonly flushed: number;
    };
    expect(flushed).toBe(SERIES * ROUNDS);
    expect(stretches).toHaveLength(ROUNDS);
    expect(judged(...stretches)).toBeLessThan(LONGEST_MS + Math.max(...controls));
    await server.stop();
  },
  180_000,
);
