import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { grpcJsEngine } from '../load/grpc/grpc-js-engine.js';
import { httpEngine } from '../load/http/http-engine.js';
import { ExperimentError, messageOf } from '../experiment-error.js';
import { openMetricsStore, type StoreChoice } from '../store/open-metrics-store.js';
import { publishAddressOf } from '../publish/publish-address.js';
import { publishResult, type Publication } from '../publish/publish-result.js';
import type { ExperimentResult } from '../result/experiment-result.js';
import { isResultName } from '../store/result-store.js';
import { undecidableLines } from '../report/plan-text.js';
import { planExperiment } from '../tasks/plan-experiment.js';
import { runExperiment } from '../tasks/run-experiment.js';
import { runLoops, UNANNOUNCED_LOOKS } from '../tasks/run-loops.js';
import { EXIT_CODE, type CommandEnvironment, type ExitCode } from './command-environment.js';
import { readExperiment, readStoredResult, writeResult } from './experiment-files.js';
import { DEFAULT_POWER } from './plan-command.js';
import { ProgressLine } from './progress-line.js';
import { ResultFile } from './result-file.js';
import { readSpecValues, type SpecValueOptions } from './spec-values.js';

/** The flags of `redmeter run`. */
export type RunOptions = StoreChoice &
  SpecValueOptions & {
    readonly runDir: string;
    readonly reuseResult?: boolean;
    readonly loops?: string;
    readonly save?: string;
    readonly publishRedis?: string;
    readonly publishName?: string;
    readonly verbose?: boolean;
    readonly json?: boolean;
  };

/** Runs the experiment of a folder and writes its result after each task. */
export async function runCommand(options: RunOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const runFolder = resolve(environment.workingFolder, options.runDir);
  const given = await readSpecValues(options, environment.workingFolder);
  // Given values take precedence over the environment, also for scripts and templates.
  const variables = { ...environment.variables, ...Object.fromEntries(given) };
  const isInEnvironment = (name: string): boolean =>
    Object.hasOwn(environment.variables, name) && (environment.variables[name] ?? '') !== '';
  const spec = await readExperiment(runFolder, { given, isInEnvironment });
  if (options.save !== undefined && !isResultName(options.save)) {
    throw new ExperimentError(
      'invalid_usage',
      `expected --save to be a name of 1 to 200 characters, got ${JSON.stringify(options.save)}`,
    );
  }
  const loops = loopsOf(options);
  const plannedLooks = loops ?? (options.reuseResult === true ? UNANNOUNCED_LOOKS : 1);
  const publication = publicationOf(options, environment, runFolder);
  // Opened before the run: an hour of load must not end at a store that never was there.
  const store = options.save === undefined ? undefined : await openMetricsStore(options, environment.variables);
  const stored = await readEarlier(runFolder, options);
  const earlier = options.reuseResult === true ? stored : undefined;
  const startedAtMs = Date.now();
  const temporaryFolder = await makeTemporaryFolder();
  const progress = new ProgressLine(environment);
  const resultFile = new ResultFile(
    (result) => writeResult(runFolder, result),
    () => performance.now(),
  );
  const print = (line: string): void => {
    progress.clear();
    environment.writeError(line);
  };
  try {
    const runOnce = (before: ExperimentResult | undefined): Promise<ExperimentResult> =>
      runExperiment(
        spec,
        before,
        {
          runFolder,
          temporaryFolder,
          environment: variables,
          httpEngine,
          openMetricsStore: () => openMetricsStore(options, environment.variables),
          grpcEngine: grpcJsEngine,
          reportProgress: (state) => progress.show(state, performance.now()),
          printOutput: print,
          signal: environment.signal,
          startTime: before?.startTime ?? new Date().toISOString(),
          plannedLooks,
          ...(stored?.insights === undefined ? {} : { earlierInsights: stored.insights }),
          nowMs: () => Date.now(),
          ...(options.verbose === true ? { explain: print } : {}),
        },
        {
          onTaskStart: (index, task) => print(`task ${index + 1}/${spec.tasks.length}: ${task.name}\n`),
          onResult: (current) => resultFile.update(current),
        },
      ).finally(() => resultFile.flush());
    for (const line of undecidableLines(
      planExperiment(spec, {
        power: DEFAULT_POWER,
        plannedLooks,
        ...(stored?.insights === undefined ? {} : { earlier: stored.insights }),
      }),
    ))
      print(`redmeter: ${line}\n`);
    const result = await runLoops(spec, { times: loops ?? 1, earlier, runOnce, print });
    progress.clear();
    if (store !== undefined && options.save !== undefined) {
      await store.put({ name: options.save, savedTime: new Date().toISOString(), result });
    }
    if (publication !== undefined) await publish(result, startedAtMs, publication, print);
    if (options.json === true) environment.writeOut(`${JSON.stringify(result, undefined, 2)}\n`);
    if (result.failureReason !== undefined) print(`the run failed: ${result.failureReason}\n`);
    return result.failure ? EXIT_CODE.runFailed : EXIT_CODE.holds;
  } finally {
    progress.clear();
    await store?.close();
    await rm(temporaryFolder, { recursive: true, force: true });
  }
}

function loopsOf({ loops }: RunOptions): number | undefined {
  if (loops === undefined) return undefined;
  if (/^[1-9]\d{0,5}$/.test(loops)) return Number(loops);
  throw new ExperimentError(
    'invalid_usage',
    `expected --loops to be a whole number from 1 to 999999, got ${JSON.stringify(loops)}`,
  );
}

/** The result that is there already. Only a loop needs it; without one it tells which data were judged before, where it can be read. */
async function readEarlier(runFolder: string, options: RunOptions): Promise<ExperimentResult | undefined> {
  try {
    return await readStoredResult(runFolder);
  } catch (error) {
    if (options.reuseResult !== true && error instanceof ExperimentError) return undefined;
    throw error;
  }
}

async function makeTemporaryFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'redmeter-'));
  } catch (cause) {
    throw new ExperimentError(
      'file_unwritable',
      `expected to make a temporary folder in ${tmpdir()}, got ${messageOf(cause)}`,
      { cause },
    );
  }
}

function publicationOf(
  options: RunOptions,
  { variables }: CommandEnvironment,
  runFolder: string,
): Publication | undefined {
  const redisUrl = publishAddressOf(options.publishRedis, variables);
  if (redisUrl === undefined) return undefined;
  const experiment = options.publishName ?? basename(runFolder);
  if (!isResultName(experiment)) {
    throw new ExperimentError(
      'invalid_usage',
      `expected --publish-name to be a name of 1 to 200 characters, got ${JSON.stringify(experiment)}`,
    );
  }
  return { redisUrl, experiment };
}

/** Reports that a result could not be published; verdicts and exit code do not change. */
async function publish(
  result: ExperimentResult,
  startedAtMs: number,
  publication: Publication,
  print: (line: string) => void,
): Promise<void> {
  const endedAtMs = Date.now();
  try {
    await publishResult(result, { endedAtMs, durationMs: endedAtMs - startedAtMs }, publication);
  } catch (error) {
    if (!(error instanceof ExperimentError)) throw error;
    print(`redmeter: ${error.message}\n`);
  }
}
