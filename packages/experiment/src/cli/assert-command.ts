import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ExperimentError } from '../experiment-error.js';
import { DURATION_FORM, parseDurationMs } from '../spec/duration.js';
import { meetsCondition, parseConditions, type AssertCondition } from './assert-condition.js';
import { hasJudgedSlos, NOTHING_JUDGED } from '../tasks/run-experiment.js';
import { EXIT_CODE, type CommandEnvironment, type ExitCode } from './command-environment.js';
import type { ExperimentResult } from '../result/experiment-result.js';
import { readResult } from './experiment-files.js';

/** The flags of `redmeter assert`. */
export type AssertOptions = {
  readonly runDir: string;
  readonly condition: readonly string[];
  readonly timeout?: string;
  readonly json?: boolean;
};

const POLL_INTERVAL_MS = 200;

/** Whether a condition holds, and a note for the reader. */
export type Check = { readonly condition: string; readonly holds: boolean; readonly note?: string };

/** Holds the result of a folder to conditions; with a time-out it reads the result again until they hold or time is up. */
export async function assertCommand(options: AssertOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const conditions = parseConditions(options.condition);
  const folder = resolve(environment.workingFolder, options.runDir);
  const deadlineMs = performance.now() + timeoutMsOf(options.timeout);
  let checks = await check(folder, conditions, deadlineMs);
  while (!checks.every(({ holds }) => holds) && performance.now() < deadlineMs && !environment.signal.aborted) {
    await wait(Math.min(POLL_INTERVAL_MS, Math.max(1, deadlineMs - performance.now())));
    checks = await check(folder, conditions, deadlineMs);
  }
  return writeChecks(checks, options, environment);
}

/** Prints whether conditions hold. @returns the exit code that says the same. */
export function writeChecks(
  checks: readonly Check[],
  options: Pick<AssertOptions, 'json'>,
  environment: CommandEnvironment,
): ExitCode {
  for (const line of notesOf(checks)) environment.writeError(`redmeter: ${line}\n`);
  const doAllHold = checks.every(({ holds }) => holds);
  if (options.json === true)
    environment.writeOut(`${JSON.stringify({ holds: doAllHold, conditions: checks }, undefined, 2)}\n`);
  else
    for (const { condition, holds } of checks)
      environment.writeOut(`${condition}: ${holds ? 'holds' : 'does not hold'}\n`);
  return doAllHold ? EXIT_CODE.holds : EXIT_CODE.assertionFails;
}

async function check(folder: string, conditions: readonly AssertCondition[], deadlineMs: number): Promise<Check[]> {
  try {
    return checkResult(await readResult(folder), conditions);
  } catch (error) {
    // While there is time the run may still write it.
    const isAwaited =
      error instanceof ExperimentError && error.code === 'file_missing' && performance.now() < deadlineMs;
    if (!isAwaited) throw error;
    return conditions.map(({ name }) => ({ condition: name, holds: false }));
  }
}

/** Holds a result to conditions. */
export function checkResult(result: ExperimentResult, conditions: readonly AssertCondition[]): Check[] {
  return conditions.map((condition) => {
    const check = { condition: condition.name, holds: meetsCondition(result, condition) };
    const isOfSlos = condition.kind === 'slos' || condition.kind === 'slosby';
    return isOfSlos && !hasJudgedSlos(result.insights) ? { ...check, note: NOTHING_JUDGED } : check;
  });
}

function notesOf(checks: readonly Check[]): string[] {
  return checks.flatMap(({ condition, note }) => (note === undefined ? [] : [`${condition}: ${note}`]));
}

/** The milliseconds of `--timeout`. @throws ExperimentError `invalid_usage` */
export function timeoutMsOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const parsed = parseDurationMs(text);
  if (parsed !== undefined) return parsed;
  throw new ExperimentError('invalid_usage', `expected --timeout to be ${DURATION_FORM}, got "${text}"`);
}
