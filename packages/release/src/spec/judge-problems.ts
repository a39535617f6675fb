import { isBaselineSlo, type TaskSpec } from '@redmeter/experiment';
import { slosOfTasks } from './judge-slos.js';
import type { PlacedProblem } from './placed-problem.js';
import type { ReleaseInput } from './release-schema.js';

const PATH = ['rollout', 'judge'];

/** What is wrong with the tasks that judge a candidate: one must judge, and all must measure the same versions. */
export function judgeProblems({ rollout, versions }: ReleaseInput, tasks: readonly TaskSpec[]): PlacedProblem[] {
  // Tasks that could not be read have problems of their own.
  if (rollout === undefined || tasks.length < rollout.judge.length) return [];
  const problems: PlacedProblem[] = [];
  const slos = slosOfTasks(tasks);
  if (slos.length === 0) {
    problems.push({ path: PATH, expected: 'an assess task with SLOs, which decide about each step', got: 'none' });
  } else if (slos.every(isBaselineSlo)) {
    const expected = 'an SLO with a limit too, since at 100 % no other version is left to compare the candidate with';
    problems.push({ path: PATH, expected, got: 'only against: baseline' });
  }
  tasks.forEach((task, index) => {
    const measured = versionsMeasuredBy(task);
    if (measured === undefined || measured === 1 || measured === versions.length) return;
    const expected = `the candidate alone, or the ${versions.length} versions in the order of this release`;
    problems.push({ path: [...PATH, index, 'with'], expected, got: `${measured} versions` });
  });
  return problems;
}

function versionsMeasuredBy(task: TaskSpec): number | undefined {
  switch (task.kind) {
    case 'collect-metrics':
      return (task.with.versionValues ?? task.with.versionInfo)?.length;
    case 'load-http':
    case 'load-grpc':
      return task.with.versionInfo?.length;
    case 'abn-metrics':
      return task.with.versions?.length;
    default:
      return undefined;
  }
}
