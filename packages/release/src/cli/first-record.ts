import type { TrafficPlan } from '../plan/traffic-plan.js';
import type { ReleaseRecord } from '../record/release-record.js';

/** The record of a release that is put into force for the first time. */
export function firstRecord(plan: TrafficPlan, time: string): ReleaseRecord {
  return { layout: 1, plan, planSince: time, satisfiedPlan: plan, history: [] };
}
