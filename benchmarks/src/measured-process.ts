import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';

const PROBE = new URL(`usage-probe${extname(import.meta.url)}`, import.meta.url).href;

/** A Node program in a process of its own that reports its resource usage. */
export class MeasuredProcess {
  readonly #child: ChildProcess;

  /** @param file the program's path */
  constructor(file: string, args: readonly string[]) {
    const options = [...process.execArgv, '--expose-gc', '--import', PROBE];
    this.#child = spawn(process.execPath, [...options, file, ...args], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  }

  /** The first that it prints. */
  async firstOutput(): Promise<string> {
    if (this.#child.stdout === null) throw new Error('expected a standard output');
    const [bytes] = (await once(this.#child.stdout, 'data')) as [Buffer];
    return bytes.toString();
  }

  /** Milliseconds of processor time so far, of all its threads. */
  async cpuMs(): Promise<number> {
    return this.#ask('cpu');
  }

  /** Bytes of its heap and of its buffers, garbage collected. */
  async memoryBytes(): Promise<number> {
    return this.#ask('memory');
  }

  /** Ends it. */
  stop(): void {
    this.#child.kill();
  }

  async #ask(question: 'cpu' | 'memory'): Promise<number> {
    const answered = once(this.#child, 'message') as Promise<[number]>;
    this.#child.send(question);
    const [answer] = await answered;
    return answer;
  }
}
