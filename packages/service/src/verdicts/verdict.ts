import {
  ExperimentError,
  grpcJsEngine,
  httpEngine,
  parseExperiment,
  runExperiment,
  versionVerdict,
  type ExperimentResult,
  type Insights,
  type MetricsStore,
  type VersionVerdict,
} from '@redmeter/experiment';
import { tmpdir } from 'node:os';
import { ServiceError } from '../service-error.js';
import type { VerdictQuestion } from './verdict-body.js';

/** How often a verdict is asked for, where nobody says. */
const DEFAULT_LOOKS = 10;
/** Each reads every value of an application. */
const MAX_AT_ONCE = 4;

/** Answers questions about versions from what is in the metrics store; no load is made, and nothing else is asked. */
export class Verdicts {
  readonly #store: MetricsStore;
  #numUnderWay = 0;

  constructor(store: MetricsStore) {
    this.#store = store;
  }

  /** @throws ServiceError `invalid_request`, `not_found`, `overloaded`; ExperimentError `store_unavailable` */
  async of(question: VerdictQuestion): Promise<VersionVerdict> {
    if (this.#numUnderWay >= MAX_AT_ONCE) {
      throw new ServiceError('overloaded', `expected at most ${MAX_AT_ONCE} questions for a verdict at a time`);
    }
    this.#numUnderWay += 1;
    try {
      const result = 'result' in question ? await this.#stored(question.result) : await this.#judged(question);
      return versionVerdict(result, (insights) => indexOf(insights, question.version));
    } finally {
      this.#numUnderWay -= 1;
    }
  }

  async #stored(name: string): Promise<ExperimentResult> {
    const found = await this.#store.get(name);
    if (found === undefined)
      throw new ServiceError('not_found', `expected a stored result, got ${JSON.stringify(name)}`);
    return found.result;
  }

  async #judged({ application, ...assess }: Exclude<VerdictQuestion, { result: string }>): Promise<ExperimentResult> {
    const { SLOs, looks = DEFAULT_LOOKS } = assess;
    if ((await this.#store.versions(application)) === undefined) {
      throw new ServiceError('not_found', `expected an application with versions, got ${JSON.stringify(application)}`);
    }
    const tasks = [
      { task: 'abnmetrics', with: { application } },
      { task: 'assess', with: { SLOs, looks } },
    ];
    const startTime = new Date().toISOString();
    return runExperiment(
      readSpec(JSON.stringify(tasks)),
      undefined,
      {
        runFolder: tmpdir(),
        temporaryFolder: tmpdir(),
        environment: {},
        httpEngine,
        grpcEngine: grpcJsEngine,
        // The task closes what it has opened.
        openMetricsStore: () => Promise.resolve({ ...this.#store, close: () => Promise.resolve() }),
        reportProgress: () => undefined,
        printOutput: () => undefined,
        signal: new AbortController().signal,
        startTime,
        plannedLooks: looks,
        nowMs: () => Date.now(),
      },
      { onTaskStart: () => undefined, onResult: () => Promise.resolve() },
    );
  }
}

function readSpec(text: string): ReturnType<typeof parseExperiment> {
  try {
    return parseExperiment(text, 'the body');
  } catch (error) {
    if (!(error instanceof ExperimentError)) throw error;
    throw new ServiceError('invalid_request', error.message.replaceAll('\n', '; '), { cause: error });
  }
}

function indexOf({ numVersions, versionNames }: Insights, version: string | undefined): number | string {
  if (version === undefined) return numVersions === 1 ? 0 : `expected a version, since there are ${numVersions}`;
  const index = versionNames.indexOf(version);
  if (index >= 0) return index;
  const known = versionNames.map((name, at) => name ?? String(at));
  return known.includes(version) ? Number(version) : `expected one of the versions ${known.join(', ')}, got ${version}`;
}
