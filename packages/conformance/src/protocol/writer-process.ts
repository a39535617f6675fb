import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Request } from './messages.js';
import { ProtocolError, shortened } from './read-answers.js';

const KEPT_OUTPUT = 2000;
/** The first answer may take this long at least: a program has to start. */
const START_TIMEOUT_MS = 30_000;

type Answer = Readonly<Record<string, unknown>>;

interface Waiting {
  readonly id: number;
  readonly settle: (answer: Answer) => void;
  readonly fail: (error: ProtocolError) => void;
}

const living = new Set<WriterProcess>();

/** Ends all writers at once, before this process ends. */
export function endAllWriters(): void {
  for (const writer of living) writer.signal('SIGKILL');
}

/** The writer under test: a child process that answers requests, one JSON object a line. */
export class WriterProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #timeoutMs: number;
  readonly #exited: Promise<void>;
  #lastId = 0;
  #waiting: Waiting | undefined;
  #errorOutput = '';
  /** Why no more requests can be sent. */
  #failure: ProtocolError | undefined;

  /**
   * @param command the program and its arguments
   * @param timeoutMs how long the writer may take for one answer
   */
  constructor(command: readonly string[], timeoutMs: number) {
    const [program = '', ...args] = command;
    this.#timeoutMs = timeoutMs;
    // Its own process group: it is stopped and killed together with all its children.
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    living.add(this);
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#errorOutput = (this.#errorOutput + chunk.toString()).slice(-KEPT_OUTPUT);
    });
    // Writing to a process that has ended; `exit` reports it.
    this.#child.stdin.on('error', () => undefined);
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#read(line));
    // What it started would go on, and hold its output open.
    this.#child.once('exit', () => this.signal('SIGKILL'));
    this.#exited = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#fail(new ProtocolError(`expected a program that starts, got: ${error.message}`));
        resolve();
      });
      this.#child.once('close', (code, signal) => {
        const last = shortened(errorLine(this.#errorOutput));
        this.#fail(
          new ProtocolError(
            `expected an answer, but the writer ended (${signal ?? `exit code ${code ?? '?'}`}): ${last}`,
          ),
        );
        resolve();
      });
    });
    void this.#exited.then(() => living.delete(this));
  }

  /** Whether it can take a request. */
  get isUsable(): boolean {
    return this.#failure === undefined;
  }

  /** @throws ProtocolError if there is no answer, a malformed one, or one with `error` */
  async ask(request: Request): Promise<Answer> {
    if (this.#failure !== undefined) throw this.#failure;
    const id = (this.#lastId += 1);
    const timeoutMs = id === 1 ? Math.max(START_TIMEOUT_MS, this.#timeoutMs) : this.#timeoutMs;
    let timer: NodeJS.Timeout | undefined;
    const answer = await new Promise<Answer>((settle, fail) => {
      this.#waiting = { id, settle, fail };
      timer = setTimeout(() => {
        this.#fail(new ProtocolError(`expected an answer to ${request.do} within ${timeoutMs} ms, got none`));
      }, timeoutMs);
      this.#child.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
    }).finally(() => clearTimeout(timer));
    const { error } = answer;
    // After a flush, it is the reason why something is still pending.
    if (error !== undefined && typeof answer['done'] !== 'boolean') {
      throw new ProtocolError(`answer to ${request.do}: expected no error, got ${shortened(JSON.stringify(error))}`);
    }
    return answer;
  }

  /** Stops the process as a suspended machine does, until `resume`. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  resume(): void {
    this.signal('SIGCONT');
  }

  /** Ends its input, on which a writer exits, and kills it if it does not. */
  async stop(graceMs: number): Promise<void> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.signal('SIGKILL'), graceMs);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Ends the process at once. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#exited;
  }

  /** Sends a signal to the process and all that it started. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || !living.has(this)) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // All of them have ended.
    }
  }

  #read(line: string): void {
    const waiting = this.#waiting;
    let answer: unknown;
    try {
      answer = JSON.parse(line);
    } catch {
      answer = undefined;
    }
    if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
      this.#fail(new ProtocolError(`expected a JSON object in one line on standard output, got ${shortened(line)}`));
      return;
    }
    if (waiting === undefined || (answer as Answer)['id'] !== waiting.id) {
      const expected =
        waiting === undefined ? 'nothing, since there was no request' : `an answer with "id":${waiting.id}`;
      this.#fail(new ProtocolError(`expected ${expected}, got ${shortened(line)}`));
      return;
    }
    this.#waiting = undefined;
    waiting.settle(answer as Answer);
  }

  #fail(error: ProtocolError): void {
    this.#failure ??= error;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.fail(this.#failure);
  }
}

/** The most useful line of an error output: the first that names an error, or the last one. */
function errorLine(output: string): string | undefined {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /^\s*(\S+ )*\S*(error|exception)\b.*:/i.test(line)) ?? lines.at(-1);
}
