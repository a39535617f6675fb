import { ExperimentError } from '../experiment-error.js';
import type { ExperimentResult } from '../result/experiment-result.js';
import { nearestName } from '../spec/nearest-name.js';
import { conditionFacts } from '../tasks/run-experiment.js';
import { hasCertainVerdict } from '../tasks/run-loops.js';

/** The conditions without a version of their own. */
export const ASSERT_CONDITIONS = ['completed', 'nofailure', 'slos', 'decided'] as const;

const NAMES = [...ASSERT_CONDITIONS, 'slosby=<version>'];

/** A condition that a result can be held to. */
export type AssertCondition =
  | { readonly name: string; readonly kind: (typeof ASSERT_CONDITIONS)[number] }
  | { readonly name: string; readonly kind: 'slosby'; readonly version: number };

/** Reads the conditions of `-c`, each one or several separated by commas. @throws ExperimentError `invalid_usage` on an unknown one. */
export function parseConditions(given: readonly string[]): AssertCondition[] {
  const names = given.flatMap((text) => text.split(',')).map((name) => name.trim().toLowerCase());
  if (names.length === 0) {
    throw new ExperimentError('invalid_usage', `expected a condition with -c, one of ${NAMES.join(', ')}, got none`);
  }
  return names.map((name) => {
    const kind = ASSERT_CONDITIONS.find((condition) => condition === name);
    if (kind !== undefined) return { name, kind };
    const version = /^slosby=(\d+)$/.exec(name)?.[1];
    if (version !== undefined) return { name, kind: 'slosby', version: Number(version) };
    const nearest = nearestName(name, NAMES);
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    throw new ExperimentError('invalid_usage', `expected -c to be one of ${NAMES.join(', ')}, got "${name}"${hint}`);
  });
}

/** Whether a result meets a condition. */
export function meetsCondition(result: ExperimentResult, condition: AssertCondition): boolean {
  const facts = conditionFacts(result.insights);
  switch (condition.kind) {
    case 'completed':
      return result.numTasks !== undefined && result.numCompletedTasks >= result.numTasks;
    case 'nofailure':
      return !result.failure;
    case 'slos':
      return facts.areSlosSatisfied();
    case 'decided':
      return hasCertainVerdict(result);
    case 'slosby':
      return facts.areSlosSatisfiedBy(condition.version);
  }
}
