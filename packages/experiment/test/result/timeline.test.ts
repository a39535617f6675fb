import { describe, expect, it } from '@jest/globals';
import { addTimelines, TimelineRecorder, timelineOf } from '../../src/result/timeline.js';

describe('a timeline', () => {
  it('has one point a second, silent seconds included', () => {
    const recorder = new TimelineRecorder();
    recorder.record(100, 4, false);
    recorder.record(900, 8, true);
    recorder.record(2500, undefined, true);
    expect(timelineOf(recorder.sums())).toEqual({
      intervalSeconds: 1,
      points: [
        { second: 0, requests: 2, errors: 1, meanMs: 6, maxMs: 8 },
        { second: 1, requests: 0, errors: 0, meanMs: null, maxMs: null },
        { second: 2, requests: 1, errors: 1, meanMs: null, maxMs: null },
      ],
    });
  });

  it.each([
    ['a fifth of a second', 200, 1, 15, 40],
    ['three seconds at 40 a second', 3000, 25, 15, 40],
    ['three seconds at 4 a second', 3000, 250, 3, 12],
  ])('of %s is fine, as long as no interval is empty', (_what, lengthMs, stepMs, fewest, most) => {
    const recorder = new TimelineRecorder();
    for (let elapsedMs = 0; elapsedMs < lengthMs; elapsedMs += stepMs) recorder.record(elapsedMs, 5, false);
    const { intervalSeconds, points } = timelineOf(recorder.sums());
    expect(points.length).toBeGreaterThanOrEqual(fewest);
    expect(points.length).toBeLessThanOrEqual(most);
    expect(points.every(({ requests }) => requests > 0)).toBe(true);
    expect(points.map(({ second }) => second)).toEqual(points.map((_, index) => index * intervalSeconds));
    expect(points.reduce((sum, { requests }) => sum + requests, 0)).toBe(lengthMs / stepMs);
  });

  it('stays bounded over hours and loses no request', () => {
    const recorder = new TimelineRecorder();
    for (let second = 0; second < 10_000; second += 1) recorder.record(second * 1000, 5, second % 10 === 0);
    const { intervalSeconds, points } = timelineOf(recorder.sums());
    expect(points.length).toBeLessThanOrEqual(240);
    expect(intervalSeconds).toBe(64);
    expect(points.reduce((sum, point) => sum + point.requests, 0)).toBe(10_000);
    expect(points.reduce((sum, point) => sum + point.errors, 0)).toBe(1000);
  });

  it('of two threads equals one recorder of both', () => {
    const [one, other, whole] = [new TimelineRecorder(), new TimelineRecorder(), new TimelineRecorder()];
    // The first lasts longer, so that its intervals are wider.
    for (let request = 0; request < 3000; request += 1) {
      const elapsedMs = request * (request % 2 === 0 ? 100 : 0.5);
      for (const recorder of [request % 2 === 0 ? one : other, whole]) recorder.record(elapsedMs, 5, request % 7 === 0);
    }
    const merged = addTimelines(other.sums(), one.sums());
    expect(timelineOf(merged)).toEqual(timelineOf(whole.sums()));
    expect(addTimelines(one.sums(), other.sums())).toEqual(merged);
  });
});
