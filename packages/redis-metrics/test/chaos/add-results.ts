import type { ChaosResult } from './chaos-case.js';

/** The results of several runs as one for each kind of fault, with the seed of the first run, or of the first that differs. */
export function addResults(results: readonly ChaosResult[]): readonly ChaosResult[] {
  const sums = new Map<string, ChaosResult>();
  for (const result of results) {
    const sum = sums.get(result.name);
    sums.set(result.name, sum === undefined ? result : add(sum, result));
  }
  return [...sums.values()];
}

function add(a: ChaosResult, b: ChaosResult): ChaosResult {
  return {
    name: a.name,
    isCut: a.isCut,
    seed: a.differences.length > 0 || b.differences.length === 0 ? a.seed : b.seed,
    strikes: {
      before: a.strikes.before + b.strikes.before,
      after: a.strikes.after + b.strikes.after,
      unknown: a.strikes.unknown + b.strikes.unknown,
      missed: a.strikes.missed + b.strikes.missed,
    },
    recordings: a.recordings + b.recordings,
    dropped: a.dropped + b.dropped,
    checked: a.checked + b.checked,
    answers: addCounts(a.answers, b.answers),
    differences: [...a.differences, ...b.differences],
    durationMs: a.durationMs + b.durationMs,
  };
}

function addCounts(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const sum = { ...a };
  for (const [kind, count] of Object.entries(b)) sum[kind] = (sum[kind] ?? 0) + count;
  return sum;
}
