import type { Backend } from '../spec/backend.js';
import type { ListenAddress } from '../spec/listen.js';
import type { KubernetesPlace, ReleaseSpec, Segment } from '../spec/release-spec.js';

/** Where a plan is put into force, with all that a gateway needs to know. */
export type PlannedGateway =
  { readonly kind: 'nginx'; readonly listen: ListenAddress; readonly folder: string } | KubernetesPlace;

/** A version and its share of the users who are split by weight, in hundredths of a percent. */
export type PlannedVersion = { readonly name: string; readonly share: number } & Backend;

/** Who gets which version: all that a gateway has to know, as a plain value. The shares add up to 10,000. */
export type TrafficPlan = {
  readonly application: string;
  readonly gateway: PlannedGateway;
  readonly versions: readonly PlannedVersion[];
  readonly affinity?: { readonly cookie: string; readonly maxAgeSeconds?: number | undefined } | undefined;
  readonly segments: readonly Segment[];
  readonly mirror?: { readonly to: string; readonly share: number } | undefined;
};

/** The plan of a release before any rollout. @param folder Where nginx keeps its files, as an absolute path. */
export function planOf(spec: ReleaseSpec, folder: string): TrafficPlan {
  const { application, gateway, versions, affinity, segments, mirror } = spec;
  return {
    application,
    gateway: gateway.kind === 'nginx' ? { kind: gateway.kind, listen: gateway.listen, folder } : gateway,
    versions,
    ...(affinity === undefined ? {} : { affinity }),
    segments,
    ...(mirror === undefined ? {} : { mirror }),
  };
}
