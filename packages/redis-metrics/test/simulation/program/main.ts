import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ProgressLine } from '../../chaos/progress-line.js';
import { MUTANTS } from '../mutants.js';
import { replayText, totalsText } from './summary.js';
import { SimulationWorkers } from './workers.js';

const usage = `Usage: npm run simulate [-- --schedules N] [--from SEED]
       npm run simulate -- --seed SEED [--trace] [--whole]

Runs the library's flusher, sender and connection with a simulated clock, network and Redis. Each seed makes one
schedule: some recordings with several faults among them. At its end Redis must hold what the writers recorded, but
for what they count as dropped. A schedule that fails is shown with the fewest steps it fails with.

  --schedules N  how many schedules; default 1000000
  --from SEED    the first seed; default 1
  --seed SEED    runs one schedule again
  --trace        shows each step and each reply
  --whole        does not leave out steps of a schedule that fails
  --mutant NAME  runs a library with a fault, which must be found
  --mutants      runs each mutant until it is found, for at most N schedules
  --redis URL    does the same in this Redis and compares each reply; REMOVES ALL ITS DATA
  --script FILE  the merge script for it; default the library's
  --processes N  default one for each processor
  --most-failures N  stops after so many; default 10
  --json         the totals as JSON

Mutants: ${MUTANTS.map(({ name }) => name).join(', ')}
`;

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '1000000' },
    from: { type: 'string' },
    seed: { type: 'string' },
    processes: { type: 'string', default: String(availableParallelism()) },
    mutant: { type: 'string' },
    'most-failures': { type: 'string', default: '10' },
    mutants: { type: 'boolean', default: false },
    redis: { type: 'string' },
    script: { type: 'string', default: fileURLToPath(new URL('../../../lua/merge.lua', import.meta.url)) },
    trace: { type: 'boolean', default: false },
    whole: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(usage);
else await main();

async function main(): Promise<void> {
  const schedules = readCount('schedules', values.schedules);
  const from = values.from === undefined ? undefined : readCount('from', values.from);
  const processes = readCount('processes', values.processes);
  const mostFailures = readCount('most-failures', values['most-failures']);
  const seed = values.seed === undefined ? undefined : readCount('seed', values.seed);
  const mutant = MUTANTS.find(({ name }) => name === values.mutant);
  if (values.mutant !== undefined && mutant === undefined) {
    fail(`--mutant: expected one of ${MUTANTS.map(({ name }) => name).join(', ')}, got ${values.mutant}`);
  }
  if (process.exitCode !== undefined) return;
  if (values.mutants) {
    await runMutants(processes ?? 1, from, schedules ?? 1);
    return;
  }
  const twin = values.redis === undefined ? undefined : { url: values.redis, script: values.script };
  // One Redis does one schedule at a time.
  const isAlone = seed !== undefined || twin !== undefined;
  const workers = await SimulationWorkers.start(isAlone ? 1 : (processes ?? 1), mutant, twin);
  try {
    if (seed === undefined) await runAll(workers, from ?? 1, schedules ?? 1, mostFailures ?? 1);
    else {
      const replay = await workers.replay(seed, !values.whole, values.trace);
      process.stdout.write(replayText(replay));
      if (replay.problem !== undefined) process.exitCode = 1;
    }
  } finally {
    await workers.stop();
  }
}

async function runAll(
  workers: SimulationWorkers,
  from: number,
  schedules: number,
  mostFailures: number,
): Promise<void> {
  const progress = new ProgressLine(process.stderr);
  const startedAtMs = performance.now();
  const totals = await workers.run(from, schedules, mostFailures, (soFar) => {
    progress.show(`${soFar.schedules} of ${schedules} schedules, ${soFar.failures.length} failed`);
  });
  progress.clear();
  const durationMs = performance.now() - startedAtMs;
  const [first] = totals.failures;
  process.stdout.write(values.json ? `${JSON.stringify({ ...totals, durationMs })}\n` : totalsText(totals, durationMs));
  if (first === undefined) return;
  process.exitCode = 1;
  if (!values.json) process.stdout.write(`\n${replayText(await workers.replay(first.seed, !values.whole, true))}`);
}

async function runMutants(processes: number, from: number | undefined, schedules: number): Promise<void> {
  for (const mutant of MUTANTS) {
    const workers = await SimulationWorkers.start(processes, mutant);
    try {
      const { failures } = await workers.run(from ?? mutant.from ?? 1, schedules, 1);
      const [first] = failures;
      const found = first === undefined ? 'NOT FOUND' : `seed ${first.seed}: ${first.problem}`;
      process.stdout.write(`${mutant.name}: ${found}\n`);
      if (first === undefined) process.exitCode = 1;
    } finally {
      await workers.stop();
    }
  }
}

function readCount(option: string, text: string): number | undefined {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  fail(`--${option}: expected a whole number of at least 1, got ${text}`);
  return undefined;
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 2;
}
