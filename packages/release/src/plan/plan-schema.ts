import { z } from 'zod';
import type { TrafficPlan } from './traffic-plan.js';

const segment = z.object({
  source: z.enum(['header', 'cookie']),
  name: z.string(),
  test: z.union([z.object({ equals: z.string() }), z.object({ matches: z.string() })]),
  version: z.string(),
});

const parentRef = z.object({
  group: z.string().optional(),
  kind: z.string().optional(),
  name: z.string(),
  namespace: z.string().optional(),
  sectionName: z.string().optional(),
  port: z.number().optional(),
});

/** A plan as it is kept. */
export const planSchema = z.object({
  application: z.string(),
  gateway: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('nginx'),
      listen: z.object({ host: z.string(), port: z.number() }),
      folder: z.string(),
    }),
    z.object({
      kind: z.literal('kubernetes'),
      route: z.string(),
      namespace: z.string(),
      parentRefs: z.array(parentRef).readonly(),
    }),
  ]),
  versions: z
    .array(
      z.union([
        z.object({ name: z.string(), url: z.string(), ca: z.string().optional(), share: z.number() }),
        z.object({ name: z.string(), service: z.string(), port: z.number(), share: z.number() }),
      ]),
    )
    .readonly(),
  affinity: z.object({ cookie: z.string(), maxAgeSeconds: z.number().optional() }).optional(),
  segments: z.array(segment).readonly(),
  mirror: z.object({ to: z.string(), share: z.number() }).optional(),
}) satisfies z.ZodType<TrafficPlan>;
