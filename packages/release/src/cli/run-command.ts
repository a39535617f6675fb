import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EXIT_CODE,
  grpcJsEngine,
  httpEngine,
  openMetricsStore,
  type CommandEnvironment,
  type ExitCode,
  type MetricsStore,
} from '@redmeter/experiment';
import { experimentJudge } from '../judge/experiment-judge.js';
import { HeldRecord } from '../record/held-record.js';
import { newCounts } from '../record/release-counts.js';
import type { ReleaseRecord, RolloutRecord } from '../record/release-record.js';
import { ReleaseError } from '../release-error.js';
import { runRollout } from '../rollout/run-rollout.js';
import { hasEnded, INITIAL_STATE, type RolloutState } from '../rollout/rollout-state.js';
import type { RolloutSpec } from '../spec/release-spec.js';
import { eventPrinter } from './event-printer.js';
import { firstRecord } from './first-record.js';
import { withPublishedStore, type Publication } from './publication.js';
import { gatewayOf, readRelease, warnOfEstimates, type ReadRelease, type ReleaseOptions } from './release-files.js';

// A rollout outlives a restart of what it talks to.
const RETRY_MS = 30_000;

/** Carries out the rollout of `release.yaml`, or goes on with the one that is under way. */
export async function runCommand(options: ReleaseOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const release = await readRelease(options, environment);
  const { rollout } = release.spec;
  if (rollout === undefined) {
    throw new ReleaseError(
      'invalid_usage',
      `expected rollout in ${options.file}, found none; "redmeter release apply" needs none`,
    );
  }
  warnOfEstimates(release, environment);
  const { application } = release.spec;
  return withPublishedStore(application, options, environment, async (store, publication) => {
    const held = await HeldRecord.take(store, application, firstRecord(release.plan, Date.now()));
    const temporaryFolder = await mkdtemp(join(tmpdir(), 'redmeter-release-'));
    try {
      const work = { release, rollout, held, store, publication, temporaryFolder };
      return exitCodeOf(await carryOut(work, options, environment));
    } finally {
      await held.release();
      await rm(temporaryFolder, { recursive: true, force: true });
    }
  });
}

type Work = {
  readonly release: ReadRelease;
  readonly rollout: RolloutSpec;
  readonly held: HeldRecord;
  readonly store: MetricsStore;
  readonly publication: Publication;
  readonly temporaryFolder: string;
};

async function carryOut(
  { release, rollout, held, store, publication, temporaryFolder }: Work,
  options: ReleaseOptions,
  environment: CommandEnvironment,
): Promise<RolloutState> {
  const { spec, plan, folder, variables } = release;
  const print = eventPrinter(options, environment, rollout.candidate);
  const record = await held.update((before) => withRollout(before, release, rollout, Date.now()));
  publication.notify();
  const gateway = gatewayOf(plan, options, { retryMs: RETRY_MS });
  if (record.rollout?.state.phase === 'promoted') {
    // Also where it was stopped meanwhile.
    await gateway.apply(record.plan);
    print({ time: new Date().toISOString(), event: 'promoted', weight: 100, reason: record.rollout.state.reason });
    return record.rollout.state;
  }
  const judge = experimentJudge(spec, rollout, {
    store,
    plan,
    runFolder: folder,
    temporaryFolder,
    environment: variables,
    httpEngine,
    grpcEngine: grpcJsEngine,
    openMetricsStore: () => openMetricsStore(options, environment.variables),
    printOutput: (text) => environment.writeError(text),
    nowMs: () => Date.now(),
  });
  return runRollout(rollout, {
    held,
    gateway,
    judge,
    nowMs: () => Date.now(),
    onEvent: (event) => {
      print(event);
      publication.notify();
    },
    signal: environment.signal,
  });
}

/** The record with the rollout of the file: the one under way when it is the same, else a new one. */
function withRollout(
  record: ReleaseRecord,
  { spec, plan }: ReadRelease,
  { candidate, steps }: RolloutSpec,
  nowMs: number,
): ReleaseRecord {
  const before = record.rollout;
  const isSame =
    before?.candidate === candidate && JSON.stringify([before.steps, before.base]) === JSON.stringify([steps, plan]);
  if (before !== undefined && isSame && before.state.phase !== 'rolled back') return record;
  if (before !== undefined && !hasEnded(before.state)) {
    throw new ReleaseError(
      'invalid_usage',
      `expected the same release of ${spec.application} as at the start of its rollout of ${before.candidate} (${before.state.phase}), got a changed one; "redmeter release abort" or "promote" ends it`,
    );
  }
  const rollout: RolloutRecord = {
    candidate,
    steps,
    base: plan,
    startedAtMs: nowMs,
    state: INITIAL_STATE,
  };
  const { request, ...rest } = record;
  const counts = record.counts ?? newCounts(nowMs);
  return { ...rest, ...(request === 'promote' ? { request } : {}), satisfiedPlan: rollout.base, counts, rollout };
}

function exitCodeOf(state: RolloutState): ExitCode {
  switch (state.phase) {
    case 'promoted':
      return EXIT_CODE.holds;
    case 'rolled back':
    case 'holding':
      return EXIT_CODE.assertionFails;
    default:
      // It was interrupted.
      return EXIT_CODE.runFailed;
  }
}
