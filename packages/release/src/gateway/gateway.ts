import type { PlanChange } from '../plan/plan-changes.js';
import type { TrafficPlan } from '../plan/traffic-plan.js';

/** What a gateway does at the moment. */
export type GatewayStatus =
  | {
      readonly kind: 'serving';
      readonly plan: TrafficPlan;
      readonly since: string;
      /** What is there otherwise than the plan says, because others changed it, and would change back. */
      readonly drift?: readonly PlanChange[];
      /** What those who carry the plan out say of it, one line each. */
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
 * - A share of 0 gets nobody who is split by weight; shares are exact but for chance.
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
