import { EXIT_CODE, type CommandEnvironment, type ExitCode } from '@redmeter/experiment';
import { changeLines } from '../plan/plan-changes.js';
import { HeldRecord } from '../record/held-record.js';
import { withEvent, type ReleaseRecord } from '../record/release-record.js';
import { ReleaseError } from '../release-error.js';
import { hasEnded } from '../rollout/rollout-state.js';
import { changesTo } from './changes-to.js';
import { firstRecord } from './first-record.js';
import { withPublishedStore } from './publication.js';
import { gatewayOf, readRelease, warnOfEstimates, type ReleaseOptions } from './release-files.js';

/** Applies the weights of `release.yaml`, without a rollout. */
export async function applyCommand(options: ReleaseOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const release = await readRelease(options, environment);
  const { spec, plan } = release;
  warnOfEstimates(release, environment);
  const gateway = gatewayOf(plan, options);
  return withPublishedStore(spec.application, options, environment, async (store) => {
    const nowMs = Date.now();
    const time = new Date(nowMs).toISOString();
    const held = await HeldRecord.take(store, spec.application, firstRecord(plan, nowMs));
    try {
      const { rollout } = await held.read();
      if (rollout !== undefined && !hasEnded(rollout.state)) {
        throw new ReleaseError(
          'invalid_usage',
          `expected no rollout of ${spec.application} under way, got one of ${rollout.candidate} (${rollout.state.phase}); "redmeter release abort" or "promote" ends it`,
        );
      }
      const status = await gateway.status();
      const changes = changesTo(plan, status);
      await gateway.apply(plan);
      await held.update((record): ReleaseRecord => {
        const { rollout: ended, ...rest } = record;
        const isNew = JSON.stringify(record.plan) !== JSON.stringify(plan);
        const after = { ...rest, plan, satisfiedPlan: plan, planSince: isNew ? time : record.planSince };
        // A rollout that has ended can be taken back only while what it led to is in force.
        const kept = ended === undefined || isNew ? after : { ...after, rollout: ended };
        return changes.length === 0 ? kept : withEvent(kept, { time, event: 'applied' });
      });
      if (options.json === true)
        environment.writeOut(`${JSON.stringify({ application: spec.application, plan, changes })}\n`);
      else
        environment.writeOut(
          [...changeLines(changes), `applied: ${addressOf(plan)}`].map((line) => `${line}\n`).join(''),
        );
      return EXIT_CODE.holds;
    } finally {
      await held.release();
    }
  });
}

function addressOf({ gateway }: ReleaseRecord['plan']): string {
  if (gateway.kind === 'kubernetes') return `HTTPRoute ${gateway.namespace}/${gateway.route}`;
  return `http://${gateway.listen.host}:${gateway.listen.port}`;
}
