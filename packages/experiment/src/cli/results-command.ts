import { ExperimentError } from '../experiment-error.js';
import { differenceReport } from '../report/difference-report.js';
import { summarizeResult, summaryLines } from '../report/result-summary.js';
import { textReport } from '../report/text-report.js';
import { nearestName } from '../spec/nearest-name.js';
import type { StoreChoice } from '../store/open-metrics-store.js';
import type { ResultStore, StoredResult } from '../store/result-store.js';
import type { CommandEnvironment, ExitCode } from './command-environment.js';
import { withStore } from './with-store.js';

/** Lists the results of the store: name, time, verdict. */
export async function listResults(choice: StoreChoice, environment: CommandEnvironment): Promise<ExitCode> {
  return withStore(choice, environment, async (store) => {
    for (const listed of await store.list()) {
      const columns =
        listed.kind === 'result'
          ? [listed.savedTime, summaryLines(summarizeResult(listed.result))[0] ?? '']
          : ['-', `cannot be read: ${listed.problem}`];
      environment.writeOut(`${[listed.name, ...columns].join('\t')}\n`);
    }
  });
}

/** Prints the text report of one result of the store. */
export async function showResult(
  name: string,
  choice: StoreChoice,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  return withStore(choice, environment, async (store) =>
    environment.writeOut(textReport((await find(store, name)).result)),
  );
}

/** Prints two results of the store side by side. */
export async function diffResults(
  first: string,
  second: string,
  choice: StoreChoice,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  return withStore(choice, environment, async (store) =>
    environment.writeOut(differenceReport(await find(store, first), await find(store, second))),
  );
}

/** Removes one result from the store. */
export async function removeResult(
  name: string,
  choice: StoreChoice,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  return withStore(choice, environment, async (store) => {
    if (!(await store.remove(name))) throw await unknownResult(store, name);
    environment.writeOut(`removed ${name}\n`);
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
