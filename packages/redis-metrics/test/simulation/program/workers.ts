import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { ALL_RULES, type MergeRules } from '../../reference/merge-reference.js';
import type { Mutant } from '../mutants.js';
import type { Replay, RunTotals, TwinArguments, WorkerAnswer, WorkerRequest } from './worker-protocol.js';

const CHECKOUT = fileURLToPath(new URL('../../../../..', import.meta.url));
const LIBRARY = fileURLToPath(new URL('../../../src', import.meta.url));
const CACHE = join(CHECKOUT, 'node_modules', '.cache', 'redmeter-simulation');
/** Seeds that a process gets at a time: few at first, so that a fault that is found early ends the run soon. */
const FIRST_CHUNK = 50;
const MOST_IN_CHUNK = 1000;

/** Processes that run schedules, with the library as it is or as a mutant. */
export class SimulationWorkers {
  readonly #folder: string;
  readonly #processes: readonly ChildProcess[];
  readonly #rules: MergeRules;

  private constructor(folder: string, processes: readonly ChildProcess[], rules: MergeRules) {
    this.#folder = folder;
    this.#processes = processes;
    this.#rules = rules;
  }

  /** Builds the program, which is faster than to load its files one by one, and starts the processes. */
  static async start(processes: number, mutant?: Mutant, twin?: TwinArguments): Promise<SimulationWorkers> {
    mkdirSync(CACHE, { recursive: true });
    const folder = mkdtempSync(join(CACHE, 'run-'));
    const program = join(folder, 'worker.mjs');
    await build({
      entryPoints: [fileURLToPath(new URL('worker.ts', import.meta.url))],
      outfile: program,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      conditions: ['redmeter-source'],
      external: ['ioredis'],
      logLevel: 'error',
      plugins: mutant?.replaced === undefined ? [] : [replacing(mutant.replaced)],
    });
    // Errors are made in great numbers, and most of their time goes into stacks that nobody reads.
    const execArgv = ['--stack-trace-limit=0', '--max-semi-space-size=32'];
    const started = Array.from({ length: processes }, () =>
      fork(program, twin === undefined ? [] : [twin.url, twin.script], { execArgv }),
    );
    const rules = mutant?.rule === undefined ? ALL_RULES : { ...ALL_RULES, [mutant.rule]: false };
    return new SimulationWorkers(folder, started, rules);
  }

  /**
   * Runs the schedules of consecutive seeds.
   * @param mostFailures when to stop before the end
   * @param onProgress called now and then with the totals so far
   */
  async run(
    from: number,
    schedules: number,
    mostFailures: number,
    onProgress: (totals: RunTotals) => void = () => undefined,
  ): Promise<RunTotals> {
    const totals: RunTotals = { schedules: 0, events: 0, virtualMs: 0, compared: 0, steps: {}, failures: [] };
    let next = from;
    let size = FIRST_CHUNK;
    const end = from + schedules;
    const runOn = async (worker: ChildProcess): Promise<void> => {
      while (next < end && totals.failures.length < mostFailures) {
        const chunk = Math.min(size, end - next);
        size = Math.min(MOST_IN_CHUNK, 2 * size);
        const first = next;
        next += chunk;
        const answer = await ask(worker, { kind: 'run', from: first, schedules: chunk, rules: this.#rules });
        if (answer.kind === 'ran') addTotals(totals, answer.totals);
        onProgress(totals);
      }
    };
    await Promise.all(this.#processes.map(runOn));
    totals.failures.sort((a, b) => a.seed - b.seed);
    return totals;
  }

  /** Runs one schedule again. @param isShrunk whether to leave out the steps that it fails without */
  async replay(seed: number, isShrunk: boolean, isTraced: boolean): Promise<Replay> {
    const [worker] = this.#processes;
    if (worker === undefined) throw new RangeError('expected a process');
    const answer = await ask(worker, { kind: 'replay', seed, isShrunk, isTraced, rules: this.#rules });
    if (answer.kind !== 'replayed') throw new TypeError('expected the answer to a replay');
    return answer.replay;
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#processes.map(async (worker) => {
        if (worker.exitCode !== null || worker.signalCode !== null) return;
        const exit = once(worker, 'exit');
        worker.kill('SIGKILL');
        await exit;
      }),
    );
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function addTotals(sum: RunTotals, { compared, events, failures, schedules, steps, virtualMs }: RunTotals): void {
  sum.compared += compared;
  sum.schedules += schedules;
  sum.events += events;
  sum.virtualMs += virtualMs;
  for (const [kind, count] of Object.entries(steps)) sum.steps[kind] = (sum.steps[kind] ?? 0) + count;
  sum.failures.push(...failures);
}

async function ask(worker: ChildProcess, request: WorkerRequest): Promise<WorkerAnswer> {
  const ended = new AbortController();
  try {
    worker.send(request);
    const [answer] = (await Promise.race([
      once(worker, 'message', { signal: ended.signal }),
      once(worker, 'exit', { signal: ended.signal }).then(() => {
        throw new Error(`a process that runs schedules ended when it was asked to ${request.kind}`);
      }),
    ])) as [WorkerAnswer];
    return answer;
  } finally {
    ended.abort();
  }
}

/** Replaces a text in one file of the library. */
function replacing({ file, from, to }: NonNullable<Mutant['replaced']>): Plugin {
  return {
    name: 'mutant',
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (path !== join(LIBRARY, file)) return undefined;
        const text = readFileSync(path, 'utf8');
        if (text.split(from).length !== 2) throw new Error(`${file}: expected ${JSON.stringify(from)} once`);
        return { contents: text.replace(from, () => to), loader: 'ts' };
      });
    },
  };
}
