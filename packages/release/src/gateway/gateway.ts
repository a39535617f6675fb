import type { PlanChange } from '../plan/plan-changes.js';
import type { TrafficPlan } from '../plan/traffic-plan.js';

/** What a gateway does at the moment. */
export type GatewayStatus =
  | {
      readonly kind: 'serving';
      readonly plan: TrafficPlan;
      readonly since: string;
      /** Differences from the plan, because others changed something; `apply` would revert them. */
      readonly drift?: readonly PlanChange[];
      /** Conditions that the controllers report about the plan, one line each. */
      readonly conditions?: readonly string[];
    }
  /** It serves nothing: it was never started, or has ended. */
  | { readonly kind: 'down'; readonly reason: string };

/**
 * Puts plans into force.
 *
 * What every adapter promises, and the contract suite holds it to:
 * - `apply` resolves when every new request is served by the plan, and rejects with ReleaseError `gateway_refused` when the gateway
 *   does not take it: then what was in force before still is. Requests under way end normally.
 * - `apply` of a plan that is in force changes nothing.
 * - No user who is split by weight goes to a share of 0; shares are exact except for chance.
 * - A user with the cookie of a version stays with it while it has a share; segments go before that, the first that fits.
 * - Copies of requests reach no user in any way, whatever becomes of them.
 */
export type Gateway = {
  apply(plan: TrafficPlan): Promise<void>;
  /** What is in force. */
  status(): Promise<GatewayStatus>;
  /** Ends what `apply` started; requests under way end normally. */
  stop(): Promise<void>;
};
