import { ExperimentError } from '../experiment-error.js';
import { differenceReport, markdownDifference } from '../report/difference-report.js';
import { summarizeResult, summaryLines } from '../report/result-summary.js';
import { textReport } from '../report/text-report.js';
import { nearestName } from '../spec/nearest-name.js';
import type { StoreChoice } from '../store/open-metrics-store.js';
import type { ResultStore, StoredResult } from '../store/result-store.js';
import type { CommandEnvironment, ExitCode } from './command-environment.js';
import type { DIFFERENCE_FORMS } from './report-forms.js';
import { writeEither, type JsonChoice } from './json-output.js';
import { withStore } from './with-store.js';

/** The flags of `redmeter results …`. */
export type ResultsOptions = StoreChoice & JsonChoice;

/** The flags of `redmeter results diff`. */
export type DifferenceOptions = ResultsOptions & { readonly output: (typeof DIFFERENCE_FORMS)[number] };

/**
 * Lists the results of the store: name, time, verdict; and what is wrong with those that cannot be read.
 *
 * @throws ExperimentError `store_unavailable`, after the list, when the store has lost one of them to damage.
 */
export async function listResults(options: ResultsOptions, environment: CommandEnvironment): Promise<ExitCode> {
  return withStore(options, environment, async (store) => {
    const results = await store.list();
    const lines = results.map((listed) => {
      if (listed.kind !== 'result') {
        const { name, problem } = listed;
        return { forMachine: { name, problem }, forPerson: [name, '-', `cannot be read: ${problem}`] };
      }
      const { name, savedTime } = listed;
      const summary = summarizeResult(listed.result);
      return { forMachine: { name, savedTime, summary }, forPerson: [name, savedTime, summaryLines(summary)[0] ?? ''] };
    });
    writeEither(
      options,
      environment,
      lines.map(({ forMachine }) => forMachine),
      () => lines.map(({ forPerson }) => `${forPerson.join('\t')}\n`).join(''),
    );
    const damaged = results.filter(({ kind }) => kind === 'damaged').map(({ name }) => JSON.stringify(name));
    if (damaged.length === 0) return;
    throw new ExperimentError(
      'store_unavailable',
      `expected to read all results of the store, got damage in ${damaged.join(', ')}; "redmeter results rm" removes one`,
    );
  });
}

/** Prints the text report of one result of the store, or the result itself as JSON. */
export async function showResult(
  name: string,
  options: ResultsOptions,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  return withStore(options, environment, async (store) => {
    const { result } = await find(store, name);
    writeEither(options, environment, result, () => textReport(result));
  });
}

/** Prints two results of the store side by side, as text or Markdown, or both as JSON. */
export async function diffResults(
  names: { readonly first: string; readonly second: string },
  options: DifferenceOptions,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  return withStore(options, environment, async (store) => {
    const first = await find(store, names.first);
    const second = await find(store, names.second);
    writeEither(options, environment, { first, second }, () =>
      options.output === 'markdown' ? markdownDifference(first, second) : differenceReport(first, second),
    );
  });
}

/** Removes one result from the store. */
export async function removeResult(
  name: string,
  options: ResultsOptions,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  return withStore(options, environment, async (store) => {
    if (!(await store.remove(name))) throw await unknownResult(store, name);
    writeEither(options, environment, { removed: name }, () => `removed ${name}\n`);
  });
}

async function find(store: ResultStore, name: string): Promise<StoredResult> {
  const found = await store.get(name);
  if (found !== undefined) return found;
  throw await unknownResult(store, name);
}

async function unknownResult(store: ResultStore, name: string): Promise<ExperimentError> {
  const names = (await store.list()).map((stored) => stored.name);
  const nearest = nearestName(name, names);
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return new ExperimentError(
    'invalid_usage',
    `expected a stored result, one of ${names.join(', ') || 'none yet'}, got "${name}"${hint}`,
  );
}
