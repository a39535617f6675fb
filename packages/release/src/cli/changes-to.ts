import type { GatewayStatus } from '../gateway/gateway.js';
import { planChanges, type PlanChange } from '../plan/plan-changes.js';
import type { TrafficPlan } from '../plan/traffic-plan.js';

/** What has to change at a gateway so that a plan is in force there. */
export function changesTo(plan: TrafficPlan, status: GatewayStatus): PlanChange[] {
  if (status.kind === 'down') return planChanges(undefined, plan);
  return [...planChanges(status.plan, plan), ...(status.drift ?? [])];
}
