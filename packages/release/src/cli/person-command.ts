import { EXIT_CODE, type CommandEnvironment, type ExitCode, type MetricsStore } from '@redmeter/experiment';
import type { StepJudge } from '../judge/step-judge.js';
import { HeldRecord, readReleaseRecord, requestOf, unknownRelease } from '../record/held-record.js';
import type { ReleaseRecord } from '../record/release-record.js';
import { ReleaseError } from '../release-error.js';
import { runRollout } from '../rollout/run-rollout.js';
import type { RolloutRules } from '../rollout/rollout-state.js';
import { eventPrinter } from './event-printer.js';
import { withPublishedStore } from './publication.js';
import { applicationOf, gatewayOf, type ReleaseOptions } from './release-files.js';

/**
 * Promotes or aborts the rollout of an application: by whoever carries it out, else here. It needs nothing but the store, where all
 * plans are.
 */
export async function personCommand(
  asked: 'promote' | 'abort',
  named: string | undefined,
  options: ReleaseOptions,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  const application = await applicationOf(named, options, environment);
  const wanted = asked === 'promote' ? 'promoted' : 'rolled back';
  return withPublishedStore(application, options, environment, async (store) => {
    checkPossible(asked, application, await readReleaseRecord(store, application));
    await requestOf(store, application, asked);
    for (;;) {
      environment.signal.throwIfAborted();
      const held = await takeUnlessBusy(store, application);
      if (held !== undefined) await carryOut(held, options, environment);
      const phase = (await readReleaseRecord(store, application))?.rollout?.state.phase;
      if (phase === wanted) return EXIT_CODE.holds;
      if (held !== undefined) return EXIT_CODE.assertionFails;
    }
  });
}

function checkPossible(asked: 'promote' | 'abort', application: string, record: ReleaseRecord | undefined): void {
  if (record === undefined) throw unknownRelease(application);
  const phase = record.rollout?.state.phase;
  if (phase === undefined) {
    throw new ReleaseError(
      'invalid_usage',
      `expected a rollout of ${application}, found none; "redmeter release run" starts one`,
    );
  }
  if (asked === 'promote' && (phase === 'rolling back' || phase === 'rolled back')) {
    throw new ReleaseError(
      'invalid_usage',
      `expected a rollout of ${application} that can be promoted, got one that is ${phase}`,
    );
  }
}

/** The record, unless another process has it that lives: then that one does what was asked for. */
async function takeUnlessBusy(store: MetricsStore, application: string): Promise<HeldRecord | undefined> {
  try {
    return await HeldRecord.take(store, application, undefined);
  } catch (error) {
    if (error instanceof ReleaseError && error.code === 'release_busy') return undefined;
    throw error;
  }
}

async function carryOut(held: HeldRecord, options: ReleaseOptions, environment: CommandEnvironment): Promise<void> {
  try {
    const { rollout, plan } = await held.read();
    if (rollout === undefined) throw new Error('expected a rollout');
    await runRollout(rulesOf(rollout.steps), {
      held,
      gateway: gatewayOf(plan, options),
      judge: NO_JUDGE,
      nowMs: () => Date.now(),
      onEvent: eventPrinter(options, environment, rollout.candidate),
      signal: environment.signal,
    });
  } finally {
    await held.release();
  }
}

// A rollout that is ended by a person takes no more looks.
const NO_JUDGE: StepJudge = { look: () => Promise.reject(new Error('expected no look during promote or abort')) };

function rulesOf(steps: readonly number[]): RolloutRules {
  return { steps, intervalMs: 1, deadlineMs: 1, onInconclusive: 'hold', onViolation: 'rollback' };
}
