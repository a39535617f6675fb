import { expect, it } from '@jest/globals';
import { readAnswer, type WriteAnswer } from '../../../src/push/send/write-answer.js';

const NOW_MS = Date.UTC(2026, 0, 1);
const ALL = {
  'x-prometheus-remote-write-samples-written': '5',
  'x-prometheus-remote-write-histograms-written': '2',
  'x-prometheus-remote-write-exemplars-written': '1',
};
const NOTHING = { samples: 0, histograms: 0, exemplars: 0 };

it.each<[number, Record<string, string>, string, WriteAnswer]>([
  [204, ALL, '', { kind: 'written', written: { samples: 5, histograms: 2, exemplars: 1 } }],
  // What it does not name is none.
  [
    200,
    { 'x-prometheus-remote-write-samples-written': '5' },
    '',
    { kind: 'written', written: { samples: 5, histograms: 0, exemplars: 0 } },
  ],
  [
    200,
    { ...ALL, 'x-prometheus-remote-write-samples-written': '-5x' },
    '',
    { kind: 'written', written: { samples: 0, histograms: 2, exemplars: 1 } },
  ],
  [400, ALL, ' a\tb\nc', { kind: 'refused', why: '400 a b', written: { samples: 5, histograms: 2, exemplars: 1 } }],
  [404, {}, '', { kind: 'refused', why: '404', written: NOTHING }],
  [301, {}, '', { kind: 'refused', why: '301: redirects are not followed', written: NOTHING }],
  [429, {}, 'slow', { kind: 'retry', why: '429 slow', afterMs: undefined }],
  [503, { 'retry-after': '3' }, '', { kind: 'retry', why: '503', afterMs: 3000 }],
  [503, { 'retry-after': 'Thu, 01 Jan 2026 00:00:10 GMT' }, '', { kind: 'retry', why: '503', afterMs: 10_000 }],
  [503, { 'retry-after': 'Thu, 01 Jan 2015 00:00:10 GMT' }, '', { kind: 'retry', why: '503', afterMs: 0 }],
  [503, { 'retry-after': '86400' }, '', { kind: 'retry', why: '503', afterMs: 300_000 }],
  [503, { 'retry-after': 'soon' }, '', { kind: 'retry', why: '503', afterMs: undefined }],
])('%d %j %j', (status, headers, body, answer) => {
  expect(readAnswer(status, headers, body, NOW_MS)).toEqual(answer);
});

it.each([
  [204, 'got 204 without'],
  [415, 'got 415 unsupported'],
])('%d without 2.0 says what is needed', (status, got) => {
  const answer = readAnswer(status, {}, 'unsupported', NOW_MS);
  expect(answer).toMatchObject({ kind: 'refused', written: NOTHING });
  expect(answer).toHaveProperty('why', expect.stringContaining('expected remote write 2.0'));
  expect(answer).toHaveProperty('why', expect.stringContaining(got));
});

it('shows the begin of a long text only', () => {
  expect(readAnswer(400, {}, 'x'.repeat(1000), NOW_MS)).toMatchObject({ why: `400 ${'x'.repeat(200)}…` });
});
