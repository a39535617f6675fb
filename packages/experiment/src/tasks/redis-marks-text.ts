import { readSnapshotJson, snapshotJson } from '@redmeter/metric-reader';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { readStoredJson } from '../store/stored-text.js';
import type { RedisMark } from './backend-mark.js';

const marksSchema = z.object({
  id: z.string(),
  redis: z.array(
    z.object({
      place: z.string(),
      timeMs: z.number(),
      snapshot: z.base64().transform((text, context) => {
        const snapshot = snapshotIn(text);
        if (snapshot !== undefined) return snapshot;
        context.addIssue('expected a snapshot');
        return z.NEVER;
      }),
    }),
  ),
});

/** Marks of Redis by place, as the store keeps them. @param id Names the moment. */
export function redisMarksText(id: string, marks: ReadonlyMap<string, RedisMark>): string {
  const redis = [...marks].map(([place, { timeMs, snapshot }]) => ({
    place,
    timeMs,
    snapshot: deflateRawSync(snapshotJson(snapshot)).toString('base64'),
  }));
  return JSON.stringify({ id, redis });
}

/** The stored marks of a moment; none of another one. @throws ExperimentError `store_unavailable` when something else wrote them */
export function readRedisMarks(text: string | undefined, id: string): Map<string, RedisMark> {
  if (text === undefined) return new Map();
  const stored = readStoredJson(text, marksSchema);
  if (stored.id !== id) return new Map();
  return new Map(stored.redis.map(({ place, timeMs, snapshot }) => [place, { timeMs, snapshot }]));
}

function snapshotIn(text: string): RedisMark['snapshot'] | undefined {
  try {
    return readSnapshotJson(inflateRawSync(Buffer.from(text, 'base64')).toString());
  } catch {
    // It was never deflated: not a snapshot either.
    return undefined;
  }
}
