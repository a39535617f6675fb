import { WHOLE } from '../spec/share.js';
import type { PlannedVersion, TrafficPlan } from './traffic-plan.js';

/**
 * The plan with this share for the candidate, in hundredths of a percent; the others divide the rest as they divide all of it in
 * `plan`, in which the candidate has none.
 */
export function withCandidateShare(plan: TrafficPlan, candidate: string, share: number): TrafficPlan {
  const others = plan.versions.filter(({ name }) => name !== candidate);
  const shares = new Map([...divide(others, WHOLE - share), [candidate, share]]);
  return { ...plan, versions: plan.versions.map((version) => ({ ...version, share: shares.get(version.name) ?? 0 })) };
}

/** The plan without any user of a version: no share, and no segment that leads to it. Copies of requests go on: they reach no user. */
export function withoutUsersOf(plan: TrafficPlan, candidate: string): TrafficPlan {
  return {
    ...withCandidateShare(plan, candidate, 0),
    segments: plan.segments.filter(({ version }) => version !== candidate),
  };
}

// By the method of the largest remainder (Hamilton), so that the parts add up to the whole.
function divide(versions: readonly PlannedVersion[], whole: number): Map<string, number> {
  const total = versions.reduce((sum, { share }) => sum + share, 0);
  const exact = versions.map(({ name, share }) => ({ name, part: total === 0 ? 0 : (share * whole) / total }));
  const parts = new Map(exact.map(({ name, part }) => [name, Math.floor(part)]));
  const missing = whole - [...parts.values()].reduce((sum, part) => sum + part, 0);
  const byRemainder = [...exact].sort((one, other) => (other.part % 1) - (one.part % 1));
  for (const { name } of byRemainder.slice(0, total === 0 ? 0 : missing)) parts.set(name, (parts.get(name) ?? 0) + 1);
  return parts;
}
