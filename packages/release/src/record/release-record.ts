import { ExperimentError } from '@redmeter/experiment';
import { z } from 'zod';
import { planSchema } from '../plan/plan-schema.js';
import type { RolloutState } from '../rollout/rollout-state.js';

const satisfiedWeight = z.number();
const reason = z.string();
const step = z.number();
const stateSchema = z.discriminatedUnion('phase', [
  z.object({ phase: z.literal('applying'), satisfiedWeight, step }),
  z.object({
    phase: z.literal('observing'),
    satisfiedWeight,
    step,
    startedAtMs: z.number(),
    lookAtMs: z.number(),
    reason: reason.optional(),
  }),
  z.object({ phase: z.literal('holding'), satisfiedWeight, step, weight: z.number(), reason }),
  z.object({ phase: z.literal('rolling back'), satisfiedWeight, reason }),
  z.object({ phase: z.literal('rolled back'), satisfiedWeight, reason }),
  z.object({ phase: z.literal('promoting'), satisfiedWeight, step, weight: z.number(), reason }),
  z.object({ phase: z.literal('promoted'), satisfiedWeight, reason }),
]) satisfies z.ZodType<RolloutState>;

const eventSchema = z.object({
  /** In ISO 8601. */
  time: z.string(),
  /** What happened: `applied`, `step`, `satisfied`, `violated`, `inconclusive`, `missing`, `held`, `rolled back`, `promoted`, … */
  event: z.string(),
  /** The weight of the candidate in percent, where there is one. */
  weight: z.number().optional(),
  reason: reason.optional(),
});

const rolloutSchema = z.object({
  candidate: z.string(),
  steps: z.array(z.number()).readonly(),
  /** The plan in which the candidate has no share: what `steps` are put into. */
  base: planSchema,
  startedAtMs: z.number(),
  state: stateSchema,
});

const countsSchema = z.object({
  /** When counting began, in milliseconds since the epoch. */
  sinceMs: z.number(),
  /** Looks by their verdict on the candidate. */
  looks: z.object({ satisfied: z.number(), violated: z.number(), inconclusive: z.number(), missing: z.number() }),
  lastLookMs: z.number().optional(),
  rollbacks: z.number(),
  promotions: z.number(),
});

const recordSchema = z.object({
  layout: z.literal(1),
  /** What is to be in force. */
  plan: planSchema,
  planSince: z.string(),
  /** The latest plan that was satisfied, or that a person put into force without a rollout. */
  satisfiedPlan: planSchema,
  rollout: rolloutSchema.optional(),
  /** A person's request to the process that runs the rollout. */
  request: z.enum(['promote', 'abort']).optional(),
  /** The process that runs it; `renewals` rises while it is alive. */
  lease: z.object({ id: z.string(), host: z.string(), pid: z.number(), renewals: z.number() }).optional(),
  /** How often things happened, also those that the history has no more. */
  counts: countsSchema.optional(),
  /** What happened, oldest first. */
  history: z.array(eventSchema).readonly(),
});

/** All that the store knows of a release. It holds no secrets: URLs have no user, and the judge's tasks are not in it. */
export type ReleaseRecord = z.output<typeof recordSchema>;

/** A rollout of a record. */
export type RolloutRecord = NonNullable<ReleaseRecord['rollout']>;

/** The process that runs a rollout. */
export type Lease = NonNullable<ReleaseRecord['lease']>;

/** How often things happened to a release. */
export type ReleaseCounts = z.output<typeof countsSchema>;

/** One thing that happened to a release. */
export type ReleaseEvent = z.output<typeof eventSchema>;

const MAX_HISTORY = 1000;

/** A record as the store keeps it. */
export function recordText(record: ReleaseRecord): string {
  return JSON.stringify(record);
}

/** Reads what the store keeps. @throws ExperimentError `store_unavailable` when something else wrote it. */
export function readRecord(application: string, text: string): ReleaseRecord {
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (cause) {
    const message = `expected the release of ${application} in the format of this version of redmeter, got something else`;
    throw new ExperimentError('store_unavailable', message, { cause });
  }
}

/** The record with one more event; of very many the oldest go. */
export function withEvent(record: ReleaseRecord, event: ReleaseEvent): ReleaseRecord {
  return { ...record, history: [...record.history, event].slice(-MAX_HISTORY) };
}
