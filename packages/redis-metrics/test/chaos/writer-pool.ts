import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { WriterReport, WriterRequest } from './writer-protocol.js';

const FLUSH_INTERVAL_MS = 20;
const SETTLED_WITHIN_MS = 60_000;

/** Processes of writers, which serve one case after the other. */
export class WriterPool {
  readonly #processes: readonly ChildProcess[];
  readonly #writersEach: number;

  constructor(processes = 2, writersEach = 2) {
    const program = fileURLToPath(new URL('writer-process.ts', import.meta.url));
    this.#processes = Array.from({ length: processes }, () =>
      fork(program, { execArgv: ['--conditions=redmeter-source', '--import', 'tsx'] }),
    );
    this.#writersEach = writersEach;
  }

  get writers(): number {
    return this.#processes.length * this.#writersEach;
  }

  /** @param areUnits whether counters are incremented by one only */
  async start(url: string, seed: number, areUnits: boolean): Promise<void> {
    await this.#askAll((i) => ({
      kind: 'start',
      url,
      names: Array.from({ length: this.#writersEach }, (_, j) => `w${i}_${j}`),
      seed: seed + i * this.#writersEach,
      flushIntervalMs: FLUSH_INTERVAL_MS,
      areUnits,
    }));
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
    await Promise.all(
      this.#processes.map(async (process) => {
        if (process.exitCode !== null || process.signalCode !== null) return;
        const exit = once(process, 'exit');
        process.kill('SIGKILL');
        await exit;
      }),
    );
  }

  async #askAll(request: (index: number) => WriterRequest): Promise<readonly WriterReport[]> {
    const reports = await Promise.all(this.#processes.map((process, i) => ask(process, request(i))));
    return reports.flat();
  }
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
