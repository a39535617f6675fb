import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { WriterReport, WriterRequest, WriterTarget } from './writer-protocol.js';

const FLUSH_INTERVAL_MS = 20;
const SETTLED_WITHIN_MS = 60_000;

/** The processes of writers, as faults see them. */
export interface WriterProcesses {
  readonly total: number;
  /** Stops a process; none of its code runs until it is thawed. */
  freeze(index: number): void;
  thaw(index: number): void;
  /** Kills a process, and starts another one in its place with writers of other names. */
  replace(index: number): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL('writer-process.ts', import.meta.url));

function startProcess(): ChildProcess {
  return fork(PROGRAM, { execArgv: ['--conditions=redmeter-source', '--import', 'tsx'] });
}

/** Processes of writers, which serve one case after the other. */
export class WriterPool implements WriterProcesses {
  readonly #processes: ChildProcess[];
  #replaced = 0;
  /** Makes the request that starts the writers of a process. */
  #starting: ((index: number) => WriterRequest) | undefined;
  readonly #writersEach: number;

  constructor(processes = 2, writersEach = 2) {
    this.#processes = Array.from({ length: processes }, startProcess);
    this.#writersEach = writersEach;
  }

  get writers(): number {
    return this.#processes.length * this.#writersEach;
  }

  /** @param areUnits whether counters are incremented by one only */
  async start(target: WriterTarget, seed: number, areUnits: boolean): Promise<void> {
    this.#starting = (i) => ({
      kind: 'start',
      target,
      names: Array.from({ length: this.#writersEach }, (_, j) => `w${i}_${j}_${this.#replaced}`),
      seed: seed + (i + this.#replaced * this.total) * this.#writersEach,
      flushIntervalMs: FLUSH_INTERVAL_MS,
      areUnits,
    });
    await this.#askAll(this.#starting);
  }

  get total(): number {
    return this.#processes.length;
  }

  freeze(index: number): void {
    this.#processes[index]?.kill('SIGSTOP');
  }

  thaw(index: number): void {
    this.#processes[index]?.kill('SIGCONT');
  }

  async replace(index: number): Promise<void> {
    const old = this.#processes[index];
    if (old === undefined || this.#starting === undefined)
      throw new RangeError(`expected a process ${index} that writes`);
    await kill(old);
    this.#replaced += 1;
    const next = startProcess();
    this.#processes[index] = next;
    await ask(next, this.#starting(index));
  }

  /** Stops recording, and waits until all is acknowledged. */
  settle(): Promise<readonly WriterReport[]> {
    return this.#askAll(() => ({ kind: 'settle', withinMs: SETTLED_WITHIN_MS }));
  }

  async resume(): Promise<void> {
    await this.#askAll(() => ({ kind: 'resume' }));
  }

  async end(): Promise<void> {
    await this.#askAll(() => ({ kind: 'end' }));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map(kill));
  }

  async #askAll(request: (index: number) => WriterRequest): Promise<readonly WriterReport[]> {
    const reports = await Promise.all(this.#processes.map((process, i) => ask(process, request(i))));
    return reports.flat();
  }
}

async function kill(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const exit = once(process, 'exit');
  process.kill('SIGKILL');
  await exit;
}

async function ask(process: ChildProcess, request: WriterRequest): Promise<readonly WriterReport[]> {
  const ended = new AbortController();
  try {
    process.send(request);
    const [answer] = (await Promise.race([
      once(process, 'message', { signal: ended.signal }),
      once(process, 'exit', { signal: ended.signal }).then(() => {
        throw new Error(`a process of writers ended when it was asked to ${request.kind}`);
      }),
    ])) as [readonly WriterReport[]];
    return answer;
  } finally {
    ended.abort();
  }
}
