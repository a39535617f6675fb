import { expect, it } from '@jest/globals';
import {
  FORMAT_VERSION,
  MAX_BOUNDS,
  MAX_COUNT,
  MAX_JSON_DEPTH,
  MAX_RECORD_BYTES,
  WINDOW_ROTATION_MS,
  DROP_REASONS,
  MERGE_SOURCE as COMPILED,
} from '@redmeter/metric-format';
import { MERGE_SOURCE } from './merge-call.js';

it('the merge script in the package is the one that is compiled into it (npm run generate)', () => {
  expect(COMPILED).toBe(MERGE_SOURCE);
});

it.each([
  ['FORMAT', FORMAT_VERSION],
  ['WINDOW_ROTATION_MS', WINDOW_ROTATION_MS],
  ['MAX_BOUNDS', MAX_BOUNDS],
  ['MAX_COUNT', MAX_COUNT],
  ['MAX_RECORD_BYTES', MAX_RECORD_BYTES],
  ['MAX_JSON_DEPTH', MAX_JSON_DEPTH],
])('the merge script has the same %s as the format', (name, value) => {
  expect(MERGE_SOURCE).toContain(`local ${name} = ${value}\n`);
});

it('refuses for reasons that are known here', () => {
  const reasons = [...MERGE_SOURCE.matchAll(/refuse\('([a-z_]+)'/g)].map(([, reason]) => reason);
  expect(reasons.length).toBeGreaterThan(5);
  for (const reason of reasons) expect(DROP_REASONS).toContain(reason);
});
