import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import type { Gateway } from '../../src/gateway/gateway.js';
import type { TrafficPlan } from '../../src/plan/traffic-plan.js';
import type { Backend } from '../../src/spec/backend.js';
import type { Segment } from '../../src/spec/release-spec.js';

/** A gateway to test, in front of the versions v1, v2 and v3. */
export type GatewayUnderTest = {
  readonly gateway: Gateway;
  readonly planned: TrafficPlan['gateway'];
  /** Where a version answers. */
  backendOf(version: string): Backend;
  /** Where nothing is, under a name with `no-such`: the gateway refuses it. */
  readonly missing: Backend;
  /** The versions that requests with these headers get, sorted; none when nothing is served. */
  reached(headers: Readonly<Record<string, string>>): Promise<string[]>;
  remove(): Promise<void>;
};

/** What every gateway must do, whoever carries the requests; each adapter's test calls it with a way to make one. */
export function describeGateway(adapter: string, make: () => Promise<GatewayUnderTest>): void {
  describe(`the ${adapter} gateway`, () => {
    let under: GatewayUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.remove());

    const plan = (shares: readonly number[], rest: Partial<TrafficPlan> = {}): TrafficPlan => ({
      application: 'shop',
      gateway: under.planned,
      versions: ['v1', 'v2', 'v3'].map((name, index) => ({
        name,
        ...under.backendOf(name),
        share: shares[index] ?? 0,
      })),
      segments: [],
      ...rest,
    });

    it('sends nobody to a version without a share', async () => {
      await under.gateway.apply(plan([5000, 5000, 0]));
      expect(await under.reached({})).toEqual(['v1', 'v2']);
      await under.gateway.apply(plan([0, 10_000, 0]));
      expect(await under.reached({})).toEqual(['v2']);
      await under.gateway.apply(plan([10_000, 0, 0]));
      expect(await under.reached({})).toEqual(['v1']);
    });

    it('sends segments first, by the first that fits, whatever their weights', async () => {
      const segments: Segment[] = [
        { source: 'header', name: 'X-Beta', test: { equals: 'yes' }, version: 'v2' },
        { source: 'cookie', name: 'country-code', test: { matches: '^(be|nl)$' }, version: 'v3' },
        { source: 'cookie', name: 'plan', test: { equals: 'a.b*c' }, version: 'v3' },
        { source: 'header', name: 'User-Agent', test: { matches: 'Firefox/1[0-9]+' }, version: 'v2' },
        { source: 'header', name: 'X-Beta', test: { equals: 'never' }, version: 'v3' },
        { source: 'header', name: 'X-Beta', test: { matches: 'never' }, version: 'v2' },
      ];
      await under.gateway.apply(plan([10_000, 0, 0], { segments }));
      for (const [headers, version] of [
        [{ 'x-beta': 'yes' }, 'v2'],
        [{ 'x-beta': 'yes', cookie: 'country-code=be' }, 'v2'],
        [{ 'x-beta': 'no', cookie: 'country-code=be', 'user-agent': 'Firefox/128.0' }, 'v3'],
        [{ cookie: 'x=1; country-code=nl; v=v1' }, 'v3'],
        [{ cookie: 'plan=a.b*c' }, 'v3'],
        [{ 'user-agent': 'Mozilla Firefox/128.0 (Linux)' }, 'v2'],
        [{ 'x-beta': 'never' }, 'v3'],
        [{ 'x-beta': 'nevermore' }, 'v2'],
        [{ 'x-beta': 'YES' }, 'v1'],
        [{ 'x-beta': 'yes!' }, 'v1'],
        [{ cookie: 'country-code=ben' }, 'v1'],
        [{ cookie: 'the-country-code=be' }, 'v1'],
        [{ cookie: 'country-code=Be' }, 'v1'],
        [{ cookie: 'country-code=b; e=nl' }, 'v1'],
        [{ cookie: 'plan=aXbbc' }, 'v1'],
        [{ 'user-agent': 'Firefox/9' }, 'v1'],
        [{}, 'v1'],
      ] as const) {
        expect([headers, await under.reached(headers)]).toEqual([headers, [version]]);
      }
    });

    it.each([
      'a"; return 200 "forged',
      '$request_id',
      '~.*',
      "it's \\ \\\\ {}; #",
      'default',
      '${host}',
      'ü €',
      '(x|y).*+?[z]',
    ])('takes the value of a segment as it is: %s', async (value) => {
      const segments: Segment[] = [{ source: 'header', name: 'x-group', test: { equals: value }, version: 'v2' }];
      await under.gateway.apply(plan([10_000, 0, 0], { segments }));
      expect(await under.reached({ 'x-group': value })).toEqual(['v2']);
      expect(await under.reached({ 'x-group': `${value}x` })).toEqual(['v1']);
      expect(await under.reached({})).toEqual(['v1']);
    });

    it('keeps the plan in force when it refuses one, and says why', async () => {
      await under.gateway.apply(plan([10_000, 0, 0]));
      const bad = plan([0, 10_000, 0]);
      const unknown = bad.versions.map(({ name, share }) => ({ name, share, ...under.missing }));
      await expect(under.gateway.apply({ ...bad, versions: unknown })).rejects.toMatchObject({
        code: 'gateway_refused',
        message: expect.stringMatching(/^expected .* to accept the plan, got: .*no-such/),
      });
      expect(await under.reached({})).toEqual(['v1']);
      expect(await under.gateway.status()).toMatchObject({ kind: 'serving', plan: plan([10_000, 0, 0]) });
      await under.gateway.apply(bad);
      expect(await under.reached({})).toEqual(['v2']);
    });

    it('changes nothing for a plan that is in force', async () => {
      await under.gateway.apply(plan([10_000, 0, 0]));
      const before = await under.gateway.status();
      await wait(20);
      await under.gateway.apply(plan([10_000, 0, 0]));
      expect(await under.gateway.status()).toEqual(before);
    });

    it('tells what is in force, and that nothing is', async () => {
      const whole = plan([2500, 7500, 0], {
        segments: [{ source: 'cookie', name: 'a', test: { matches: '^b' }, version: 'v3' }],
        mirror: { to: 'v3', share: 1234 },
      });
      expect(await under.gateway.status()).toMatchObject({ kind: 'down' });
      await under.gateway.apply(whole);
      expect(await under.gateway.status()).toMatchObject({ kind: 'serving', plan: whole });
      await under.gateway.stop();
      expect(await under.gateway.status()).toMatchObject({ kind: 'down' });
      expect(await under.reached({})).toEqual([]);
      await under.gateway.stop();
      await under.gateway.apply(plan([10_000, 0, 0]));
      expect(await under.reached({})).toEqual(['v1']);
    });
  });
}
