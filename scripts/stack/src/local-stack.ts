import { checkout, readCheckoutSettings } from './checkout.js';
import { LocalRun } from './local-run.js';
import { startWaves, type ExporterChoice, type PartName, type Ports, type ReleaseChoice } from './part-name.js';
import type { Part, PartContext } from './part.js';
import { grafanaPart } from './parts/grafana.js';
import { candidatePart } from './parts/candidate.js';
import { nativeExporterPart } from './parts/native-exporter.js';
import { prometheusPart } from './parts/prometheus.js';
import { redisExporterPart } from './parts/redis-exporter.js';
import { redisPart } from './parts/redis.js';
import { releasePart } from './parts/release.js';
import { storePart } from './parts/store.js';
import { refusePortsInUse } from './port-in-use.js';
import { startProcessGuard } from './process-guard.js';
import { chooseParts, programSearch, type Programs } from './programs.js';
import { createRunFolder } from './run-folder.js';
import type { Environment, Settings } from './settings.js';

/** How to start the stack as local processes; everything has a default. */
export interface LocalStackOptions {
  /** The checkout whose configuration files and built store are run; default: the one that contains this package. */
  readonly root?: string;
  /** Default: those of `.env` and the environment. */
  readonly ports?: Ports;
  /** Parts to start; default: all, Grafana only where it is installed. */
  readonly parts?: readonly PartName[];
  /** Who serves the application's series; default `stock`. */
  readonly exporter?: ExporterChoice;
  /** Which rollout of a second version runs; default none. */
  readonly release?: ReleaseChoice | undefined;
  /** Full paths that win over what PATH has, e.g. another redis_exporter. */
  readonly programs?: Programs;
  /** Variables for the store, e.g. its flush interval. */
  readonly storeEnvironment?: Readonly<Record<string, string>>;
  /** Variables for redis_exporter, e.g. its namespace. */
  readonly exporterEnvironment?: Readonly<Record<string, string>>;
  /** Variables for the native exporter, e.g. how many series it holds. */
  readonly nativeEnvironment?: Readonly<Record<string, string>>;
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
   * `http://127.0.0.1:9121/metrics`, `http://127.0.0.1:9090`, `http://127.0.0.1:3000`, `http://127.0.0.1:8080`. */
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
  candidate: candidatePart,
  exporter: redisExporterPart,
  native: nativeExporterPart,
  prometheus: prometheusPart,
  grafana: grafanaPart,
  release: releasePart,
};

/**
 * Starts redis-server, the store, redis_exporter, beside it the native exporter where that is chosen, Prometheus and,
 * where installed, Grafana as local processes, and waits until each is healthy and Prometheus scrapes.
 * @throws StackError `bad-setting`, `port-in-use`, `missing-program`, `part-ended` or `part-not-healthy`; then nothing
 * of the stack is left running.
 */
export async function startLocalStack(options: LocalStackOptions = {}): Promise<Stack> {
  const root = options.root ?? checkout;
  const environment = options.environment ?? process.env;
  const fromFile = readCheckoutSettings(root, environment);
  const settings: Settings = { ...fromFile, ports: options.ports ?? fromFile.ports };
  const search = programSearch(root, settings.exporterVersion, environment);
  const choice = { exporter: options.exporter ?? 'stock', release: options.release };
  const { parts, programs } = chooseParts(options.parts, options.programs, search, choice);
  await refusePortsInUse(parts, settings);

  const folder = createRunFolder();
  const guard = startProcessGuard(folder.path);
  const contextOf = (name: PartName): PartContext => ({
    root,
    folder: folder.of(name),
    settings,
    choice,
    programs,
    environment,
    storeEnvironment: options.storeEnvironment ?? {},
    exporterEnvironment: options.exporterEnvironment ?? {},
    nativeEnvironment: options.nativeEnvironment ?? {},
  });
  const run = new LocalRun(folder, guard, options.signal);
  try {
    const deadline = Date.now() + (options.readyTimeoutMs ?? 60_000);
    for (const isInWave of startWaves) {
      const started = parts.filter(isInWave).map((name) => run.start(makers[name](contextOf(name))));
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
