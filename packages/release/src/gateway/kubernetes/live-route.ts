import { z } from 'zod';
import { planSchema } from '../../plan/plan-schema.js';
import type { TrafficPlan } from '../../plan/traffic-plan.js';
import { ANNOTATIONS, FIELD_MANAGER } from './http-route.js';

const conditionSchema = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  observedGeneration: z.number().optional(),
});

const liveRouteSchema = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    generation: z.number(),
    creationTimestamp: z.string(),
    annotations: z.record(z.string(), z.string()).optional(),
    managedFields: z
      .array(
        z.object({
          manager: z.string().default(''),
          operation: z.string(),
          subresource: z.string().optional(),
          time: z.string().optional(),
          fieldsV1: z.record(z.string(), z.unknown()).optional(),
        }),
      )
      .optional(),
  }),
  spec: z.record(z.string(), z.unknown()).optional(),
  status: z
    .object({
      parents: z
        .array(
          z.object({
            controllerName: z.string(),
            parentRef: z.object({ name: z.string(), namespace: z.string().optional() }),
            conditions: z.array(conditionSchema).optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});

/** The parts of a HTTPRoute in the cluster that are used here. */
export type LiveRoute = z.output<typeof liveRouteSchema>;

/** Reads what the server answers. @throws ZodError for what is no HTTPRoute */
export function readLiveRoute(given: unknown): LiveRoute {
  return liveRouteSchema.parse(given);
}

/** The plan that a route carries out; undefined when redmeter has not applied it. */
export function planOfRoute({ metadata }: LiveRoute): TrafficPlan | undefined {
  const text = metadata.annotations?.[ANNOTATIONS.plan];
  if (text === undefined) return undefined;
  try {
    return planSchema.parse(JSON.parse(text));
  } catch {
    // Another version of redmeter wrote it, or someone edited it: it counts as none.
    return undefined;
  }
}

/** The application that a route belongs to; undefined when it is not a release's. */
export function applicationOfRoute({ metadata }: LiveRoute): string | undefined {
  return metadata.annotations?.[ANNOTATIONS.application];
}

/** Since when the plan of a route is there, in ISO 8601. */
export function appliedSince({ metadata }: LiveRoute): string {
  const own = metadata.managedFields?.find(
    ({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply',
  );
  return new Date(own?.time ?? metadata.creationTimestamp).toISOString();
}

/** The managers, other than redmeter, that own fields of a route; those of its status do not count. */
export function otherManagers({ metadata }: LiveRoute): string[] {
  const others = (metadata.managedFields ?? []).filter(
    ({ manager, operation, subresource }) =>
      subresource === undefined && !(manager === FIELD_MANAGER && operation === 'Apply'),
  );
  return [...new Set(others.map(({ manager }) => manager))];
}
