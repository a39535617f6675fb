import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cuts, hits, runChaosCase, type ChaosResult } from './chaos-case.js';
import { replyCut } from './faults/connection-faults.js';
import { ONE_SERVER_KINDS } from './faults/fault-kinds.js';
import type { Rewrite } from './proxy/merge-proxy.js';
import { WriterPool } from './writer-pool.js';

// The short form of `npm run chaos`: some faults of each kind.
const FAULTS = 3;
const seed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

let pool: WriterPool;
beforeAll(() => {
  process.stdout.write(`chaos: CHAOS_SEED=${seed}\n`);
  pool = new WriterPool();
});
afterAll(() => pool.stop());

describe(`four writers in two processes, the seed ${seed}`, () => {
  const results: ChaosResult[] = [];

  it.each(ONE_SERVER_KINDS)('$name: Redis holds what was recorded, to the last unit', async (kind) => {
    const faults = kind.isSlow ? 1 : FAULTS;
    const result = await runChaosCase({ kind, faults, seed, pool });
    expect(result.differences).toEqual([]);
    if (!kind.isLossy) expect(result.dropped).toBe(0);
    expect(hits(result.strikes)).toBeGreaterThanOrEqual(faults);
    results.push(result);
  });

  it('half of the cuts fell when the script had run, which is when a batch may count twice', () => {
    const { before, after } = cuts(results);
    expect(before).toBeGreaterThan(FAULTS);
    expect(after).toBeGreaterThanOrEqual(before);
  });
});

describe('without the ledger check', () => {
  const source = readFileSync(new URL('../../lua/merge.lua', import.meta.url), 'utf8');
  const lines = source.split('\n');
  const unchecked = lines.filter((line) => !line.includes('-- each batch once'));

  /** Lets writers that send the script by its hash run it without the check. */
  const withoutCheck: Rewrite = ([, , ...rest]) => ['EVAL', unchecked.join('\n'), ...rest];

  it('the same faults make Redis hold more than was recorded', async () => {
    expect(lines.length - unchecked.length).toBe(1);
    const result = await runChaosCase({ kind: replyCut, faults: FAULTS, seed, pool, rewrite: withoutCheck });
    expect(hits(result.strikes)).toBe(FAULTS);
    expect(result.differences.join('\n')).toMatch(/batch \d+ of \S+ was applied twice/);
    expect(result.differences.join('\n')).toMatch(/metrics:counter:chaos_events.*recorded \d+, in Redis \d+/);
  });

  it('the same rewriting with the check changes nothing', async () => {
    const rewrite: Rewrite = ([, , ...rest]) => ['EVAL', source, ...rest];
    const result = await runChaosCase({ kind: replyCut, faults: FAULTS, seed, pool, rewrite });
    expect(result.differences).toEqual([]);
  });
});
