import { parseArgs } from 'node:util';
import { cuts, runChaosCase, hits, type ChaosResult } from './chaos-case.js';
import { FAULT_KINDS } from './fault-kinds.js';
import { ProgressLine } from './progress-line.js';
import { resultTable } from './result-table.js';
import { WriterPool } from './writer-pool.js';

const usage = `Usage: npm run chaos [-- --seed N] [--scale X] [--only WORDS]

Does faults to real Redis servers while several writers record the same series, and compares what they recorded with
what Redis holds: equal to the last unit, or the run fails. Where data are removed for good, what Redis holds and what
the writers count as lost must be all that they recorded.

  --seed N      repeats the choices of a run (what is recorded, where a cut falls); default a new seed
  --scale X     how many faults, as a share of the full run of more than a thousand; default 1
  --only WORDS  only the kinds of faults whose name contains WORDS

Kinds: ${FAULT_KINDS.map(({ name }) => name).join(', ')}
`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    scale: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const scale = Number(values.scale);
const kinds = FAULT_KINDS.filter(({ name }) => name.includes(values.only));
if (values.help) process.stdout.write(usage);
else if (!Number.isSafeInteger(seed) || seed < 0) fail(`--seed: expected a whole number, got ${values.seed}`);
else if (!(scale > 0)) fail(`--scale: expected a number above 0, got ${values.scale}`);
else if (kinds.length === 0) fail(`--only: expected words of a kind of fault, got ${values.only}; see --help`);
else await run();

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 2;
}

async function run(): Promise<void> {
  process.stdout.write(`seed ${seed}\n`);
  const pool = new WriterPool();
  const progress = new ProgressLine(process.stderr);
  const results: ChaosResult[] = [];
  let done = 0;
  const total = kinds.reduce((sum, { share }) => sum + faultsOf(share), 0);
  try {
    for (const [i, kind] of kinds.entries()) {
      const faults = faultsOf(kind.share);
      const onStrike = (strikes: number): void => {
        progress.show(`${done + strikes} of ${total} faults; ${kind.name} ${strikes} of ${faults}`);
      };
      const result = await runChaosCase({ kind, faults, seed: seed + 100 * i, pool, onStrike });
      done += hits(result.strikes);
      results.push(result);
    }
  } finally {
    progress.clear();
    await pool.stop();
    process.stdout.write(resultTable(results));
  }
  const inexact = results.filter(({ differences }) => differences.length > 0);
  for (const { name, differences } of inexact) {
    process.stdout.write(
      `\n${name}:\n${differences
        .slice(0, 20)
        .map((line) => `  ${line}\n`)
        .join('')}`,
    );
  }
  process.stdout.write(`\n${done} faults, ${inexact.length === 0 ? 'all sums exact' : 'SUMS DIFFER'} (seed ${seed})\n`);
  const { before, after } = cuts(results);
  const areCutsEarly = FAULT_KINDS.every((kind) => !kind.isCut || kinds.includes(kind)) && after < before;
  if (areCutsEarly)
    process.stdout.write(`of the cuts, only ${after} fell after the script had run, ${before} before\n`);
  if (inexact.length > 0 || done < total || areCutsEarly) process.exitCode = 1;
}

function faultsOf(share: number): number {
  return Math.max(1, Math.round(share * scale));
}
