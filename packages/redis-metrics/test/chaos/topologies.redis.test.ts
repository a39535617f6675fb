import { expect, it } from '@jest/globals';
import { runChaosCase, type ChaosResult } from './chaos-case.js';
import { clusterMasterLost, masterHandedOver, slotMoved } from './faults/topology/cluster-faults.js';
import { inTurn } from './faults/topology/in-turn.js';
import { failoverOrdered, sentinelMasterLost } from './faults/topology/sentinel-faults.js';
import { WriterPool } from './writer-pool.js';

// The short form of `npm run chaos -- --only cluster` and `--only Sentinel`: one fault of each kind, and as these mostly wait for
// servers that agree, three at once.
const CASES = [
  { kind: inTurn('a slot moves, and a master hands over', [slotMoved, masterHandedOver]), faults: 2 },
  { kind: clusterMasterLost, faults: 1 },
  { kind: inTurn('Sentinels fail over, ordered and not', [failoverOrdered, sentinelMasterLost]), faults: 2 },
];
const seed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

it(`a cluster, and a master under Sentinels, hold what was recorded, to the last unit (seed ${seed})`, async () => {
  process.stdout.write(`chaos: CHAOS_SEED=${seed}\n`);
  const runs = await Promise.allSettled(
    CASES.map(async (each): Promise<ChaosResult> => {
      const pool = new WriterPool(1);
      try {
        return await runChaosCase({ ...each, seed, pool });
      } finally {
        await pool.stop();
      }
    }),
  );
  const results = runs.map((run) => {
    if (run.status === 'rejected') throw run.reason;
    return run.value;
  });
  for (const { name, differences, dropped } of results) {
    expect({ name, differences, dropped }).toEqual({ name, differences: [], dropped: 0 });
  }
});
