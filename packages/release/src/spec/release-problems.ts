import {
  nearestName,
  problemAt,
  type FieldPath,
  type SourceDocument,
  type SpecProblem,
  type TaskSpec,
} from '@redmeter/experiment';
import { gatewayProblems } from './gateway-problems.js';
import { judgeProblems } from './judge-problems.js';
import type { PlacedProblem } from './placed-problem.js';
import { expressionProblem } from './regular-expression.js';
import type { ReleaseInput } from './release-schema.js';
import { shareOf, shareText, WHOLE } from './share.js';

/** What is wrong with how the fields of a release fit together. */
export function problemsOfRelease(
  source: SourceDocument,
  input: ReleaseInput,
  judge: readonly TaskSpec[],
): SpecProblem[] {
  const found = [
    ...gatewayProblems(input),
    ...versionProblems(input),
    ...weightProblems(input),
    ...segmentProblems(input),
    ...(input.mirror === undefined ? [] : unknownVersion(input, ['mirror', 'to'], input.mirror.to)),
    ...rolloutProblems(input),
    ...judgeProblems(input, judge),
  ];
  return found.map(({ path, ...problem }) => problemAt(source, path, problem));
}

function versionProblems({ versions }: ReleaseInput): PlacedProblem[] {
  const names = versions.map(({ name }) => name);
  return names.flatMap((name, index) => {
    if (names.indexOf(name) === index) return [];
    return [{ path: ['versions', index, 'name'], expected: 'each version once', got: `${JSON.stringify(name)} twice` }];
  });
}

function weightProblems({ versions, rollout }: ReleaseInput): PlacedProblem[] {
  if (versions.every(({ weight }) => weight === undefined)) return [];
  const sum = versions.reduce((total, { weight = 0 }) => total + shareOf(weight), 0);
  if (sum !== WHOLE) return [{ path: ['versions'], expected: 'weights that add up to 100', got: String(sum / 100) }];
  return versions.flatMap(({ name, weight = 0 }, index) => {
    if (name !== rollout?.candidate || weight === 0) return [];
    const path = ['versions', index, 'weight'];
    return [{ path, expected: 'no weight of a candidate: the rollout moves it', got: shareText(shareOf(weight)) }];
  });
}

function segmentProblems(input: ReleaseInput): PlacedProblem[] {
  return (input.segments ?? []).flatMap(({ header, cookie, equals, matches, version }, index) => {
    const path = ['segments', index];
    const problems = unknownVersion(input, [...path, 'version'], version);
    if ((header === undefined) === (cookie === undefined)) {
      problems.push({ path, expected: 'header or cookie', got: header === undefined ? 'neither' : 'both' });
    }
    if ((equals === undefined) === (matches === undefined)) {
      problems.push({ path, expected: 'equals or matches', got: equals === undefined ? 'neither' : 'both' });
    }
    const problem = matches === undefined ? undefined : expressionProblem(matches);
    if (problem !== undefined) problems.push({ path: [...path, 'matches'], ...problem });
    return problems;
  });
}

function rolloutProblems(input: ReleaseInput): PlacedProblem[] {
  const { rollout, versions } = input;
  if (rollout === undefined) return [];
  const { steps, candidate, interval, deadline } = rollout;
  const problems = unknownVersion(input, ['rollout', 'candidate'], candidate);
  if (versions.length < 2) {
    const expected = 'a candidate and a version that it replaces';
    problems.push({ path: ['versions'], expected, got: 'one version' });
  } else if (versions.every(({ weight }) => weight === undefined) && versions[0]?.name === candidate) {
    const expected = 'another version than the first, which has all users if no weights are given';
    problems.push({ path: ['rollout', 'candidate'], expected, got: JSON.stringify(candidate) });
  }
  steps.forEach((step, index) => {
    const before = steps[index - 1] ?? 0;
    if (step > before) return;
    problems.push({ path: ['rollout', 'steps', index], expected: `a step above ${before}`, got: String(step) });
  });
  const last = steps.at(-1);
  if (last !== 100) {
    problems.push({
      path: ['rollout', 'steps', steps.length - 1],
      expected: '100 as the last step',
      got: String(last),
    });
  }
  if (interval !== undefined && deadline !== undefined && deadline < interval) {
    const expected = `at least the interval, ${interval / 1000} s`;
    problems.push({ path: ['rollout', 'deadline'], expected, got: `${deadline / 1000} s` });
  }
  return problems;
}

function unknownVersion({ versions }: ReleaseInput, path: FieldPath, name: string): PlacedProblem[] {
  const names = versions.map((version) => version.name);
  if (names.includes(name)) return [];
  const expected = `a version of this release, one of ${names.join(', ')}`;
  return [{ path, expected, got: JSON.stringify(name), nearest: nearestName(name, names) }];
}
