import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { startRedisServer } from '@redmeter/test-servers';

const SERIES = 50_000;
const ROUNDS = 3;
const LONGEST_MS = 10;

it.each(['counter', 'histogram'])(
  'a flush of 50,000 changed series never keeps the event loop longer than 10 ms of CPU: %s',
  async (type) => {
    const server = await startRedisServer();
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...['--conditions=redmeter-source', '--import', 'tsx', require.resolve('./stretch-process.ts')],
      ...['--redis', server.url, '--type', type, '--series', String(SERIES), '--rounds', String(ROUNDS)],
    ]);
    const { flushes, controls, flushed } = JSON.parse(stdout) as Record<'flushes' | 'controls', number[]> & {
      readonly flushed: number;
    };
    expect(flushed).toBe(SERIES * ROUNDS);
    expect(Math.max(...flushes)).toBeLessThan(LONGEST_MS + Math.max(...controls));
    await server.stop();
  },
  180_000,
);
