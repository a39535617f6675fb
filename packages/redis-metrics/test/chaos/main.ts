import { parseArgs } from 'node:util';
import { addResults } from './add-results.js';
import { cuts, runChaosCase, hits, type ChaosResult } from './chaos-case.js';
import { FAULT_KINDS } from './faults/fault-kinds.js';
import { ProgressLine } from './progress-line.js';
import { resultTable } from './result-table.js';
import { WriterPool } from './writer-pool.js';

/** How much of the full run a round of `--minutes` does. */
const SHARE_OF_A_ROUND = 0.1;
const SEEDS_OF_A_ROUND = 10_000;

const usage = `Usage: npm run chaos [-- --seed N] [--scale X] [--only WORDS]
       npm run chaos -- --minutes N [--json]

Does faults to real Redis servers while several writers record the same series, and compares what they recorded with
what Redis holds: equal to the last unit, or the run fails. Where data are removed for good, what Redis holds and what
the writers count as lost must be all that they recorded.

  --seed N      repeats the choices of a run (what is recorded, where a cut falls); default a new seed
  --scale X     how many faults, as a share of the full run of more than a thousand; default 1
  --minutes N   does a tenth of the full run again and again, each time with other seeds, until the time is over or
                something differs
  --json        the results as JSON instead of a table
  --only WORDS  only the kinds of faults whose name contains WORDS

Kinds: ${FAULT_KINDS.map(({ name }) => name).join(', ')}
`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    scale: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    minutes: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
const scale = Number(values.scale) * (minutes === undefined ? 1 : SHARE_OF_A_ROUND);
const kinds = FAULT_KINDS.filter(({ name }) => name.includes(values.only));
const total = kinds.reduce((sum, { share }) => sum + faultsOf(share), 0);
if (values.help) process.stdout.write(usage);
else if (!Number.isSafeInteger(seed) || seed < 0) fail(`--seed: expected a whole number, got ${values.seed}`);
else if (!(scale > 0)) fail(`--scale: expected a number above 0, got ${values.scale}`);
else if (minutes !== undefined && !(minutes > 0)) fail(`--minutes: expected a number above 0, got ${values.minutes}`);
else if (kinds.length === 0) fail(`--only: expected words of a kind of fault, got ${values.only}; see --help`);
else await run();

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 2;
}

async function run(): Promise<void> {
  if (!values.json) process.stdout.write(`seed ${seed}\n`);
  const pool = new WriterPool();
  const progress = new ProgressLine(process.stderr);
  const endsAtMs = performance.now() + (minutes ?? 0) * 60_000;
  const all: ChaosResult[] = [];
  try {
    for (let round = 0; round === 0 || performance.now() < endsAtMs; round += 1) {
      for (const [i, kind] of kinds.entries()) {
        if (round > 0 && performance.now() >= endsAtMs) break;
        const faults = faultsOf(kind.share);
        const done = doneIn(all);
        const onStrike = (strikes: number): void => {
          const toDo = minutes === undefined ? ` of ${total}` : '';
          progress.show(`${done + strikes}${toDo} faults; ${kind.name} ${strikes} of ${faults}`);
        };
        all.push(await runChaosCase({ kind, faults, seed: seed + SEEDS_OF_A_ROUND * round + 100 * i, pool, onStrike }));
      }
      if (all.some(({ differences }) => differences.length > 0)) break;
    }
  } finally {
    progress.clear();
    await pool.stop();
    report(addResults(all));
  }
}

function report(results: readonly ChaosResult[]): void {
  const done = doneIn(results);
  const inexact = results.filter(({ differences }) => differences.length > 0);
  const { before, after } = cuts(results);
  const areCutsEarly = FAULT_KINDS.every((kind) => !kind.isCut || kinds.includes(kind)) && after < before;
  if (inexact.length > 0 || done < total || areCutsEarly) process.exitCode = 1;
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ seed, faults: done, isExact: inexact.length === 0, results })}\n`);
    return;
  }
  process.stdout.write(resultTable(results));
  for (const { name, seed: ownSeed, differences } of inexact) {
    const lines = differences.slice(0, 20).map((line) => `  ${line}\n`);
    process.stdout.write(`\n${name} (seed ${ownSeed}):\n${lines.join('')}`);
  }
  process.stdout.write(`\n${done} faults, ${inexact.length === 0 ? 'all sums exact' : 'SUMS DIFFER'} (seed ${seed})\n`);
  if (areCutsEarly)
    process.stdout.write(`of the cuts, only ${after} fell after the script had run, ${before} before\n`);
}

function doneIn(results: readonly ChaosResult[]): number {
  return results.reduce((sum, { strikes }) => sum + hits(strikes), 0);
}

function faultsOf(share: number): number {
  return Math.max(1, Math.round(share * scale));
}
