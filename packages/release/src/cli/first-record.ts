import type { TrafficPlan } from '../plan/traffic-plan.js';
import { newCounts } from '../record/release-counts.js';
import type { ReleaseRecord } from '../record/release-record.js';

/** The record of a release that is put into force for the first time. */
export function firstRecord(plan: TrafficPlan, nowMs: number): ReleaseRecord {
  const planSince = new Date(nowMs).toISOString();
  return { layout: 1, plan, planSince, satisfiedPlan: plan, counts: newCounts(nowMs), history: [] };
}
