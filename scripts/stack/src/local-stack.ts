import { checkout, readCheckoutSettings } from './checkout.js';
import type { Health } from './health.js';
import { startLocalProcess, type LocalProcess } from './local-process.js';
import { partNames, stopOrder, type PartName, type Ports } from './part-name.js';
import type { Part, PartContext } from './part.js';
import { grafanaPart } from './parts/grafana.js';
import { prometheusPart } from './parts/prometheus.js';
import { redisExporterPart } from './parts/redis-exporter.js';
import { redisPart } from './parts/redis.js';
import { storePart } from './parts/store.js';
import { refusePortsInUse } from './port-in-use.js';
import { startProcessGuard, type ProcessGuard } from './process-guard.js';
import { chooseParts, programSearch, type Programs } from './programs.js';
import { createRunFolder, type RunFolder } from './run-folder.js';
import type { Environment, Settings } from './settings.js';
import { StackError } from './stack-error.js';

/** How to start the stack as local processes; everything has a default. */
export interface LocalStackOptions {
  /** The checkout whose configuration files and built store are run; default: the one this package lies in. */
  readonly root?: string;
  /** Default: those of `.env` and the environment. */
  readonly ports?: Ports;
  /** Parts to start; default: all, Grafana only where it is installed. */
  readonly parts?: readonly PartName[];
  /** Full paths that win over what PATH has, e.g. another redis_exporter. */
  readonly programs?: Programs;
  /** Variables for the store, e.g. its flush interval. */
  readonly storeEnvironment?: Readonly<Record<string, string>>;
  /** Variables that win over `.env`, and PATH; default: this process's. */
  readonly environment?: Environment;
  /** How long all parts together may take to become healthy, in milliseconds; default 60,000. */
  readonly readyTimeoutMs?: number;
  /** Aborting it gives the start up: what runs already is stopped and `StackError` `interrupted` is thrown. */
  readonly signal?: AbortSignal;
}

/** A running stack, every part of it healthy when it was handed over. */
export interface Stack {
  /** Each running part's address: `redis://127.0.0.1:6379`, `http://127.0.0.1:5050/api/store`,
   * `http://127.0.0.1:9121/metrics`, `http://127.0.0.1:9090`, `http://127.0.0.1:3000`. */
  readonly urls: Readonly<Partial<Record<PartName, string>>>;
  readonly settings: Settings;
  /** Holds `logs/<part>.log` and the parts' data; `stop` removes it. */
  readonly folder: string;
  /** Each running part's process id. */
  readonly pids: Readonly<Partial<Record<PartName, number>>>;
  /** Resolves when a part ends that was not stopped, with one message for people that has its last log lines. */
  readonly broken: Promise<string>;
  /** Ends every part, the store first and Redis last, and removes the folder. May be called again. */
  stop(): Promise<void>;
}

const makers: Readonly<Record<PartName, (context: PartContext) => Part>> = {
  redis: redisPart,
  store: storePart,
  exporter: redisExporterPart,
  prometheus: prometheusPart,
  grafana: grafanaPart,
};

const pollMs = 100;
/** The store needs its time to answer open requests and flush; a part that takes longer is killed. */
const stopGraceMs = 10_000;

interface RunningPart {
  readonly part: Part;
  readonly process: LocalProcess;
}

/**
 * Starts redis-server, the store, redis_exporter, Prometheus and, where installed, Grafana as local processes, and
 * waits until each is healthy and Prometheus scrapes.
 * @throws StackError `bad-setting`, `port-in-use`, `missing-program`, `part-ended` or `part-not-healthy`; then nothing
 * of the stack is left running.
 */
export async function startLocalStack(options: LocalStackOptions = {}): Promise<Stack> {
  const root = options.root ?? checkout;
  const environment = options.environment ?? process.env;
  const fromFile = readCheckoutSettings(root, environment);
  const settings: Settings = { ...fromFile, ports: options.ports ?? fromFile.ports };
  const search = programSearch(root, settings.exporterVersion, environment);
  const { parts, programs } = chooseParts(options.parts, options.programs, search);
  await refusePortsInUse(parts, settings);

  const folder = createRunFolder();
  const guard = startProcessGuard(folder.path);
  const contextOf = (name: PartName): PartContext => ({
    root,
    folder: folder.of(name),
    settings,
    programs,
    environment,
    storeEnvironment: options.storeEnvironment ?? {},
  });
  const run = new LocalRun(folder, guard, options.signal);
  try {
    const deadline = Date.now() + (options.readyTimeoutMs ?? 60_000);
    // Redis before the others: the exporter would log a failure that means nothing.
    for (const wave of [parts.filter((name) => name === 'redis'), parts.filter((name) => name !== 'redis')]) {
      const started = wave.map((name) => run.start(makers[name](contextOf(name))));
      await Promise.all(started.map((running) => run.untilHealthy(running, deadline)));
    }
  } catch (error) {
    await run.stop();
    throw error;
  }
  return {
    urls: run.collect(({ part }) => part.url),
    pids: run.collect(({ process: { pid } }) => pid),
    settings,
    folder: folder.path,
    broken: run.broken,
    stop: () => run.stop(),
  };
}

/** The processes of one run, and their common end. */
class LocalRun {
  readonly broken: Promise<string>;
  readonly #running = new Map<PartName, RunningPart>();
  readonly #folder: RunFolder;
  readonly #guard: ProcessGuard;
  readonly #signal: AbortSignal | undefined;
  #breaks: (message: string) => void = () => undefined;
  #stopping: Promise<void> | undefined;

  constructor(folder: RunFolder, guard: ProcessGuard, signal: AbortSignal | undefined) {
    this.#folder = folder;
    this.#guard = guard;
    this.#signal = signal;
    this.broken = new Promise((resolve) => {
      this.#breaks = resolve;
    });
  }

  start(part: Part): RunningPart {
    const process = startLocalProcess(
      part.command,
      this.#folder.of(part.name),
      this.#folder.logOf(part.name),
      this.#guard,
    );
    const running = { part, process };
    this.#running.set(part.name, running);
    void process.ended.then((how) => {
      if (this.#stopping === undefined) this.#breaks(obituary(running, how));
    });
    return running;
  }

  async untilHealthy(running: RunningPart, deadline: number): Promise<void> {
    const { part } = running;
    const end = this.broken.then((message): never => {
      throw new StackError('part-ended', message);
    });
    for (;;) {
      const health: Health = await Promise.race([part.health(), end]);
      if (this.#signal?.aborted === true) throw new StackError('interrupted', 'interrupted before the stack was up');
      if (health.kind === 'healthy') return;
      if (Date.now() > deadline) {
        const lines = withLastLines(`${part.name} is not healthy in time: ${health.reason}`, running);
        throw new StackError('part-not-healthy', lines);
      }
      await Promise.race([new Promise((resolve) => setTimeout(resolve, pollMs)), end]);
    }
  }

  collect<Value>(pick: (running: RunningPart) => Value | undefined): Partial<Record<PartName, Value>> {
    const collected: Partial<Record<PartName, Value>> = {};
    for (const name of partNames) {
      const running = this.#running.get(name);
      const value = running === undefined ? undefined : pick(running);
      if (value !== undefined) collected[name] = value;
    }
    return collected;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    for (const name of stopOrder) await this.#running.get(name)?.process.stop(stopGraceMs);
    this.#folder.remove();
    this.#guard.dismiss();
  }
}

const lastLineCount = 15;

function obituary(running: RunningPart, how: string): string {
  return withLastLines(`${running.part.name} ${how}`, running);
}

function withLastLines(message: string, { process }: RunningPart): string {
  const lines = process.lastLines(lastLineCount).filter((line) => line !== '');
  if (lines.length === 0) return `${message}; its log is empty`;
  return `${message}; the last lines of its log:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
