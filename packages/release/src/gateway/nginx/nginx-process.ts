import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { messageOf } from '@redmeter/experiment';
import { ReleaseError } from '../../release-error.js';
import type { NginxFiles } from './nginx-files.js';

const POLL_MS = 20;
const MAX_OUTPUT = 1 << 20;

/** One nginx that runs in the background, whoever started it. */
export class NginxProcess {
  readonly #files: NginxFiles;
  readonly #program: string;

  constructor(files: NginxFiles, program: string) {
    this.#files = files;
    this.#program = program;
  }

  /** The id of its master process; undefined when it does not run. */
  async pid(): Promise<number | undefined> {
    const pid = Number((await readOrUndefined(this.#files.pid))?.trim());
    if (!Number.isInteger(pid) || pid <= 0 || !(await isNginx(pid))) return undefined;
    return pid;
  }

  /** The text of the configuration that it was started or reloaded with. */
  configuration(): Promise<string | undefined> {
    return readOrUndefined(this.#files.configuration);
  }

  /** Writes a configuration beside the one in force and lets nginx test it. @throws ReleaseError `gateway_refused`, `gateway_unavailable` */
  async test(text: string): Promise<void> {
    await mkdir(this.#files.folder, { recursive: true, mode: 0o700 });
    await writeFile(this.#files.nextConfiguration, text);
    await this.#run(['-t', '-q'], this.#files.nextConfiguration);
  }

  /** Puts the tested configuration in the place of the one in force, without telling nginx. */
  async adopt(): Promise<void> {
    await rename(this.#files.nextConfiguration, this.#files.configuration);
  }

  /** Starts it in the background, where it outlives this process. */
  async start(): Promise<void> {
    await this.#run([], this.#files.configuration);
  }

  /** Lets the running one take over the adopted configuration. */
  async reload(): Promise<void> {
    const pid = await this.pid();
    if (pid !== undefined) process.kill(pid, 'SIGHUP');
  }

  /** The workers that take new connections; empty where the system does not show them. */
  async acceptingWorkers(): Promise<readonly number[]> {
    const master = await this.pid();
    if (master === undefined) return [];
    const children = (await readOrUndefined(`/proc/${master}/task/${master}/children`)) ?? '';
    const workers = await Promise.all(
      children
        .split(' ')
        .filter((text) => text.trim() !== '')
        .map(async (text) => ({ pid: Number(text), title: (await readOrUndefined(`/proc/${text}/cmdline`)) ?? '' })),
    );
    return workers.filter(({ title }) => /worker process(?! is shutting down)/.test(title)).map(({ pid }) => pid);
  }

  /** Ends it when the requests under way have ended, but after `graceMs` at the latest. */
  async drain(graceMs: number): Promise<void> {
    await this.#end('SIGQUIT', graceMs);
    await this.end(graceMs);
  }

  /** Ends it at once. */
  async end(graceMs: number): Promise<void> {
    await this.#end('SIGTERM', graceMs);
  }

  async #end(signal: NodeJS.Signals, graceMs: number): Promise<void> {
    const pid = await this.pid();
    if (pid === undefined) return;
    process.kill(pid, signal);
    const deadlineMs = performance.now() + graceMs;
    while ((await isNginx(pid)) && performance.now() < deadlineMs) await wait(POLL_MS);
  }

  /** The last lines of nginx's error log. */
  async lastErrors(): Promise<string> {
    return emergencies((await readOrUndefined(this.#files.errorLog)) ?? '').at(-1) ?? 'no reason in its log';
  }

  async #run(options: readonly string[], configuration: string): Promise<void> {
    const args = [...options, '-p', `${dirname(configuration)}/`, '-c', configuration];
    const { error, output } = await new Promise<{ error: Error | null; output: string }>((resolve) => {
      execFile(this.#program, args, { maxBuffer: MAX_OUTPUT }, (failure, stdout, stderr) =>
        resolve({ error: failure, output: stdout + stderr }),
      );
    });
    if (error === null) return;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      const message = `expected the program ${this.#program} of the gateway, found none; install it, such as with "apt-get install nginx-light"`;
      throw new ReleaseError('gateway_unavailable', message, { cause: error });
    }
    const reasons = emergencies(output);
    const got = reasons.length > 0 ? reasons.join('; ') : messageOf(error).replaceAll('\n', ' ');
    throw new ReleaseError('gateway_refused', `expected nginx to accept the plan, got: ${got}`, { cause: error });
  }
}

/**
 * Whether a process of this id runs nginx. By its title: after a restart of the machine the id may be another process's, and a
 * process that ended has no title even while its parent has not collected it, which the init of many containers never does.
 */
async function isNginx(pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const title = await readOrUndefined(`/proc/${pid}/cmdline`);
  return title === undefined || title.includes('nginx');
}

/** Whether a process of this id is there. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Removes a file that a process left behind. */
export async function removeLeftover(file: string): Promise<void> {
  await rm(file, { force: true });
}

async function readOrUndefined(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A process that ends while it is read is gone, too.
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

function emergencies(output: string): string[] {
  const lines = output.split('\n').filter((line) => line.includes('[emerg]'));
  return [...new Set(lines.map((line) => line.replace(/^.*\[emerg\] (?:\d+#\d+: )?/, '')))];
}
