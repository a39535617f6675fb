import {
  describeProblem,
  describeValue,
  ExperimentError,
  fieldsAt,
  parseSource,
  problemAt,
  problemsOf,
  readTaskList,
  type SpecProblem,
  type SpecValues,
  type TaskSpec,
} from '@redmeter/experiment';
import type { Backend } from './backend.js';
import { fillFromEnvironment } from './fill-from-environment.js';
import { kubernetesProblems } from './kubernetes/kubernetes-problems.js';
import { parseListen } from './listen.js';
import { problemsOfRelease } from './release-problems.js';
import { releaseSchema, type ReleaseInput } from './release-schema.js';
import type { ReleaseSpec, RolloutSpec, Segment } from './release-spec.js';
import { shareOf, WHOLE } from './share.js';

const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_DEADLINE_MS = 600_000;
const NO_VALUES: SpecValues = { given: new Map(), isInEnvironment: () => false };

/**
 * Reads `release.yaml`.
 *
 * @param values What fills in its `${NAME}` and `${NAME:-default}`; by default nothing but the defaults.
 * @param environment What fills in names in all fields but `rollout.judge`, whose tasks fill in theirs when they run.
 * @throws ExperimentError `invalid_spec`, one line a problem: file, line, column, field, what was expected, what was got.
 */
export function parseRelease(
  text: string,
  file: string,
  values?: SpecValues,
  environment: Readonly<Record<string, string | undefined>> = {},
): ReleaseSpec {
  const source = parseSource(text, file, values ?? NO_VALUES);
  const { value } = source;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const got = describeValue(value ?? undefined);
    throw invalid([problemAt(source, [], { expected: 'a mapping with the fields of a release', got })]);
  }
  const parsed = releaseSchema.safeParse(fillFromEnvironment(value, environment));
  if (!parsed.success) throw invalid(problemsOf(source, [], parsed.error, (path) => fieldsAt(releaseSchema, path)));
  const { rollout } = parsed.data;
  const judge = rollout === undefined ? NO_TASKS : readTaskList(source, ['rollout', 'judge'], rollout.judge);
  const problems = [...problemsOfRelease(source, parsed.data, judge.tasks), ...judge.problems];
  if (problems.length > 0) throw invalid(problems);
  const spec = specOf(text, parsed.data, judge.tasks);
  const unfit = kubernetesProblems(parsed.data, spec.segments);
  if (unfit.length > 0) throw invalid(unfit.map(({ path, ...problem }) => problemAt(source, path, problem)));
  return spec;
}

const NO_TASKS: ReturnType<typeof readTaskList> = { tasks: [], problems: [] };

function invalid(problems: readonly SpecProblem[]): ExperimentError {
  return new ExperimentError('invalid_spec', problems.map(describeProblem).join('\n'));
}

function specOf(text: string, input: ReleaseInput, judge: readonly TaskSpec[]): ReleaseSpec {
  const { application, affinity, mirror, rollout } = input;
  const hasWeights = input.versions.some(({ weight }) => weight !== undefined);
  return {
    text,
    application,
    gateway: gatewayOf(input.gateway),
    versions: input.versions.map(({ weight = 0, ...version }, index) => ({
      name: version.name,
      ...backendOf(version),
      share: hasWeights ? shareOf(weight) : index === 0 ? WHOLE : 0,
    })),
    ...(affinity === undefined ? {} : { affinity: affinityOf(affinity) }),
    segments: (input.segments ?? []).map(segmentOf),
    ...(mirror === undefined ? {} : { mirror: { to: mirror.to, share: shareOf(mirror.percent ?? 100) } }),
    ...(rollout === undefined ? {} : { rollout: rolloutOf(rollout, judge) }),
  };
}

function gatewayOf({ nginx, kubernetes }: ReleaseInput['gateway']): ReleaseSpec['gateway'] {
  if (kubernetes !== undefined) {
    const { route, namespace = 'default', parentRefs } = kubernetes;
    return { kind: 'kubernetes', route, namespace, parentRefs };
  }
  const listen = nginx === undefined ? undefined : parseListen(nginx.listen);
  if (listen === undefined) throw new Error('expected the gateway to have been checked');
  return { kind: 'nginx', listen, ...(nginx?.folder === undefined ? {} : { folder: nginx.folder }) };
}

function backendOf({ url, ca, service, port }: ReleaseInput['versions'][number]): Backend {
  if (url !== undefined) return { url: new URL(url).origin, ...(ca === undefined ? {} : { ca }) };
  if (service === undefined || port === undefined) throw new Error('expected the versions to have been checked');
  return { service, port };
}

function affinityOf({ cookie, maxAge }: NonNullable<ReleaseInput['affinity']>): NonNullable<ReleaseSpec['affinity']> {
  return { cookie, ...(maxAge === undefined ? {} : { maxAgeSeconds: Math.ceil(maxAge / 1000) }) };
}

function segmentOf({
  header,
  cookie = '',
  equals,
  matches = '',
  version,
}: NonNullable<ReleaseInput['segments']>[number]): Segment {
  return {
    ...(header === undefined ? { source: 'cookie', name: cookie } : { source: 'header', name: header }),
    test: equals === undefined ? { matches } : { equals },
    version,
  };
}

function rolloutOf(input: NonNullable<ReleaseInput['rollout']>, judge: readonly TaskSpec[]): RolloutSpec {
  return {
    candidate: input.candidate,
    steps: input.steps,
    intervalMs: input.interval ?? Math.min(DEFAULT_INTERVAL_MS, input.deadline ?? DEFAULT_INTERVAL_MS),
    deadlineMs: input.deadline ?? Math.max(DEFAULT_DEADLINE_MS, input.interval ?? 0),
    onInconclusive: input.onInconclusive ?? 'hold',
    onViolation: input.onViolation ?? 'rollback',
    judge,
  };
}
