import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { withCandidateShare, withoutUsersOf } from '../../src/plan/candidate-share.js';
import { changeLines, planChanges } from '../../src/plan/plan-changes.js';
import type { TrafficPlan } from '../../src/plan/traffic-plan.js';

const plan: TrafficPlan = {
  application: 'shop',
  gateway: { kind: 'nginx', listen: { host: '127.0.0.1', port: 8080 }, folder: '/srv/gate' },
  versions: [
    { name: 'v1', url: 'http://a', share: 6000 },
    { name: 'v2', url: 'http://b', share: 4000 },
    { name: 'v3', url: 'http://c', share: 0 },
  ],
  segments: [
    { source: 'header', name: 'x-beta', test: { equals: 'yes' }, version: 'v3' },
    { source: 'cookie', name: 'country', test: { matches: '^be$' }, version: 'v2' },
  ],
  mirror: { to: 'v3', share: 1000 },
};

const sharesOf = ({ versions }: TrafficPlan): number[] => versions.map(({ share }) => share);

describe('the share of a candidate', () => {
  it('is taken from the others as they divide the rest', () => {
    expect(sharesOf(withCandidateShare(plan, 'v3', 500))).toEqual([5700, 3800, 500]);
    expect(sharesOf(withCandidateShare(plan, 'v3', 10_000))).toEqual([0, 0, 10_000]);
  });

  it('makes shares that add up, are exact to a hundredth of a percent, and are those of before at zero', () => {
    const weights = fc
      .array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 8 })
      .filter((all) => all.some((weight) => weight > 0))
      .map((all) => {
        const total = all.reduce((sum, weight) => sum + weight, 0);
        const parts = all.map((weight) => Math.floor((weight * 10_000) / total));
        const largest = all.indexOf(Math.max(...all));
        const missing = 10_000 - parts.reduce((sum, part) => sum + part, 0);
        return parts.map((part, index) => (index === largest ? part + missing : part));
      });
    fc.assert(
      fc.property(weights, fc.integer({ min: 0, max: 10_000 }), (shares, share) => {
        const versions = [...shares, 0].map((each, index) => ({ name: `v${index}`, url: 'http://a', share: each }));
        const candidate = `v${shares.length}`;
        const moved = sharesOf(withCandidateShare({ ...plan, versions }, candidate, share));
        expect(moved.reduce((sum, each) => sum + each, 0)).toBe(10_000);
        expect(moved.at(-1)).toBe(share);
        shares.forEach((before, index) => {
          expect(Math.abs((moved[index] ?? 0) - (before * (10_000 - share)) / 10_000)).toBeLessThan(1);
        });
        if (share === 0) expect(moved.slice(0, -1)).toEqual(shares);
      }),
    );
  });

  it('is nobody when its users are taken away: no segment leads to it', () => {
    const without = withoutUsersOf(withCandidateShare(plan, 'v3', 500), 'v3');
    expect(sharesOf(without)).toEqual([6000, 4000, 0]);
    expect(without.segments).toEqual([plan.segments[1]]);
  });
});

describe('the changes between plans', () => {
  it('are none for the same plan', () => {
    expect(planChanges(plan, structuredClone(plan))).toEqual([]);
  });

  it('name what is new, what changes and what goes', () => {
    const { mirror, ...rest } = withCandidateShare(plan, 'v3', 500);
    expect(mirror).toBeDefined();
    const after: TrafficPlan = {
      ...rest,
      segments: plan.segments.slice(0, 1),
      affinity: { cookie: 'shop', maxAgeSeconds: 60 },
    };
    expect(changeLines(planChanges(plan, after))).toEqual([
      '~ share of v1: 60 % -> 57 %',
      '~ share of v2: 40 % -> 38 %',
      '~ share of v3: 0 % -> 5 %',
      '+ affinity: cookie shop, 60 s',
      '- segment 2: cookie country matches "^be$" -> v2',
      '- mirror: 10 % of requests to v3',
    ]);
  });

  it('are all of it for the first plan', () => {
    expect(changeLines(planChanges(undefined, plan))[0]).toBe('+ gateway: nginx on 127.0.0.1:8080, files in /srv/gate');
    expect(planChanges(undefined, plan).every(({ before }) => before === undefined)).toBe(true);
  });
});
