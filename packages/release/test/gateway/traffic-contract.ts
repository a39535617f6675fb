import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@redmeter/test-servers';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import type { Gateway } from '../../src/gateway/gateway.js';
import type { TrafficPlan } from '../../src/plan/traffic-plan.js';
import type { Segment } from '../../src/spec/release-spec.js';
import { ask, countBodies } from './http-client.js';
import { startUsers } from './users-load.js';
import { startVersion, type VersionServer } from './version-server.js';

/** A gateway that requests go through. */
export type TrafficUnderTest = {
  readonly gateway: Gateway;
  readonly planned: TrafficPlan['gateway'];
  /** Where users reach it. */
  readonly port: number;
  readonly remove: () => Promise<void>;
};

/** What every gateway must do with the requests that go through it itself; each such adapter's test calls it with a way to make one. */
export function describeTraffic(adapter: string, make: () => Promise<TrafficUnderTest>): void {
  describe(`requests through the ${adapter} gateway`, () => {
    let under: TrafficUnderTest;
    let versions: VersionServer[];
    beforeEach(async () => {
      under = await make();
      versions = await Promise.all(['v1', 'v2', 'v3'].map(startVersion));
    });
    afterEach(async () => {
      await under.remove();
      for (const version of versions) await version.stop();
    });

    const plan = (shares: readonly number[], rest: Partial<TrafficPlan> = {}): TrafficPlan => ({
      application: 'shop',
      gateway: under.planned,
      versions: versions.map(({ name, url }, index) => ({ name, url, share: shares[index] ?? 0 })),
      segments: [],
      ...rest,
    });
    const url = (path = '/'): string => `http://127.0.0.1:${under.port}${path}`;
    const bodiesOf = async (headers: Record<string, string>, times = 20): Promise<string[]> => {
      const bodies = new Set<string>();
      for (let count = 0; count < times; count += 1) bodies.add((await ask(url(), { headers })).body);
      return [...bodies].sort();
    };
    const version = (index: number): VersionServer => versions[index] ?? never();

    it('gives each version its share of 100,000 requests, within what chance allows', async () => {
      const shares = [7099, 2900, 1];
      await under.gateway.apply(plan(shares));
      const isWithin = async (): Promise<boolean> => {
        const total = 100_000;
        const counts = await countBodies(under.port, total);
        return shares.every((share, index) => {
          const p = share / 10_000;
          // Two-sided bound of the binomial at 99.9 %, by the normal; for a rare version with half a request of continuity.
          const bound = 3.2905 * Math.sqrt(total * p * (1 - p)) + 0.5;
          return Math.abs((counts.get(`v${index + 1}`) ?? 0) - total * p) <= bound;
        });
      };
      // By chance alone one sample in some hundreds is outside: two in a row are not.
      expect((await isWithin()) || (await isWithin())).toBe(true);
    }, 600_000);

    it('keeps a user with a version while it has a share, and splits new users', async () => {
      const affinity = { cookie: 'shop-version', maxAgeSeconds: 3600 };
      await under.gateway.apply(plan([5000, 5000, 0], { affinity }));
      const first = await ask(url());
      expect(first.cookie).toContain(`shop-version=${first.body}; Path=/; Max-Age=3600`);
      expect(await bodiesOf({ cookie: `a=b; shop-version=${first.body}` }, 40)).toEqual([first.body]);
      expect((await ask(url(), { headers: { cookie: `shop-version=${first.body}` } })).cookie).toBeUndefined();
      // Neither a part of a name nor a version without a share counts.
      expect(await bodiesOf({ cookie: 'my-shop-version=v1; shop-version=v3; shop-version=' }, 60)).toEqual([
        'v1',
        'v2',
      ]);
      await under.gateway.apply(plan([10_000, 0, 0], { affinity }));
      const moved = await ask(url(), { headers: { cookie: 'shop-version=v2' } });
      expect([moved.body, moved.cookie]).toEqual(['v1', expect.stringContaining('shop-version=v1')]);
    });

    it('sends segments before the cookie of a version, and gives them none', async () => {
      const segments: Segment[] = [{ source: 'header', name: 'x-beta', test: { equals: 'yes' }, version: 'v2' }];
      await under.gateway.apply(plan([10_000, 0, 0], { segments, affinity: { cookie: 'v' } }));
      const answer = await ask(url(), { headers: { 'x-beta': 'yes', cookie: 'v=v1' } });
      expect([answer.body, answer.cookie]).toEqual(['v2', undefined]);
    });

    it('passes on requests and answers as they are', async () => {
      await under.gateway.apply(plan([10_000, 0, 0]));
      version(0).answer = (response) => {
        response.writeHead(418, { 'X-Answer': 'a', 'Content-Type': 'text/plain' });
        response.write('a'.repeat(100_000));
        response.end('end');
      };
      const body = 'x'.repeat(3_000_000);
      const answer = await ask(url('/a%20b//c?x=$1&y=%7B'), {
        method: 'PUT',
        body,
        headers: { host: 'shop.example', 'x-a': 'b' },
      });
      expect([answer.status, answer.body.length]).toEqual([418, 100_003]);
      const [seen] = version(0).seen;
      expect([seen?.method, seen?.url, seen?.body === body]).toEqual(['PUT', '/a%20b//c?x=$1&y=%7B', true]);
      expect(seen?.headers).toMatchObject({
        host: 'shop.example',
        'x-a': 'b',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
      });
    });

    it('lets connections be upgraded', async () => {
      await under.gateway.apply(plan([10_000, 0, 0]));
      version(0).onUpgrade('echo');
      const socket = connect(under.port, '127.0.0.1');
      socket.write('GET /live HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
      await once(socket, 'data');
      socket.write('ping');
      expect(String((await once(socket, 'data'))[0])).toBe('ping');
      socket.destroy();
    });

    it('copies the share of requests that the plan says, bodies included', async () => {
      await under.gateway.apply(plan([10_000, 0, 0], { mirror: { to: 'v2', share: 10_000 } }));
      const answer = await ask(url('/pay?x=1'), {
        method: 'POST',
        body: 'b'.repeat(100_000),
        headers: { host: 'shop.example' },
      });
      expect(answer.body).toBe('v1');
      await waitFor(() => version(1).seen.length === 1);
      const [copy] = version(1).seen;
      expect([copy?.method, copy?.url, copy?.body.length]).toEqual(['POST', '/pay?x=1', 100_000]);
      expect(copy?.headers).toMatchObject({ host: 'shop.example', 'x-redmeter-copy': '1' });

      await under.gateway.apply(plan([10_000, 0, 0], { mirror: { to: 'v2', share: 2500 } }));
      const before = version(1).count;
      await countBodies(under.port, 8000);
      // 2,000, give or take eight standard deviations.
      await waitFor(() => version(1).count - before > 2000 - 8 * 39);
      expect(version(1).count - before).toBeLessThan(2000 + 8 * 39);
    });

    it('copies nothing to a version that serves the request itself', async () => {
      await under.gateway.apply(plan([0, 10_000, 0], { mirror: { to: 'v2', share: 10_000 } }));
      await countBodies(under.port, 160);
      await under.gateway.apply(plan([10_000, 0, 0], { mirror: { to: 'v2', share: 10_000 } }));
      await ask(url('/last'));
      await waitFor(() => version(1).seen.at(-1)?.url === '/last');
      expect(version(1).count).toBe(161);
    });

    it.each([
      ['hangs', (one: VersionServer): void => void (one.answer = () => undefined)],
      ['fails', (one: VersionServer): void => void (one.answer = (response) => void response.writeHead(500).end('no'))],
      ['cuts off', (one: VersionServer): void => void (one.answer = (response) => void response.destroy())],
    ])(
      'lets no user notice that the version that gets copies %s',
      async (_, spoil) => {
        spoil(version(1));
        await under.gateway.apply(plan([10_000, 0, 0], { mirror: { to: 'v2', share: 10_000 } }));
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        const startedAtMs = performance.now();
        // On one connection, more of them than copies may be under way at once.
        for (let count = 0; count < 700; count += 1) {
          expect(await ask(url(), { agent, method: 'POST', body: 'x' })).toMatchObject({ status: 200, body: 'v1' });
        }
        agent.destroy();
        // A single copy that hangs would hold a user up for ten seconds.
        expect((performance.now() - startedAtMs) / 700).toBeLessThan(1000);
        await waitFor(() => version(1).count > 0);
      },
      120_000,
    );

    it('lets no user notice that the version that gets copies is not there', async () => {
      await version(1).stop();
      await under.gateway.apply(plan([10_000, 0, 0], { mirror: { to: 'v2', share: 10_000 } }));
      expect(await bodiesOf({}, 50)).toEqual(['v1']);
    });

    it('changes plans under load without one failed request', async () => {
      await under.gateway.apply(plan([10_000, 0, 0]));
      const users = startUsers(url(), 8);
      for (let change = 1; change <= 12; change += 1) {
        const before = users.answers();
        await under.gateway.apply(
          plan([10_000 - change * 500, change * 500, 0], change % 3 === 0 ? { mirror: { to: 'v3', share: 500 } } : {}),
        );
        await waitFor(() => users.answers() > before + 50);
      }
      const { answers, failures } = await users.stop();
      expect([failures, answers > 600]).toEqual([[], true]);
    }, 120_000);

    it('lets requests under way end as they began when the plan changes', async () => {
      await under.gateway.apply(plan([10_000, 0, 0]));
      let finish: (() => void) | undefined;
      version(0).answer = (response) => {
        response.write('begin ');
        finish = () => void response.end('end');
      };
      const answer = ask(url('/slow'));
      await waitFor(() => finish !== undefined);
      await under.gateway.apply(plan([0, 10_000, 0]));
      expect((await ask(url())).body).toBe('v2');
      finish?.();
      expect(await answer).toMatchObject({ status: 200, body: 'begin end' });
    });

    it('serves only the new plan when apply has resolved', async () => {
      for (let round = 0; round < 6; round += 1) {
        await under.gateway.apply(plan(round % 2 === 0 ? [10_000, 0, 0] : [0, 10_000, 0]));
        expect(await bodiesOf({}, 40)).toEqual([round % 2 === 0 ? 'v1' : 'v2']);
      }
    });
  });
}

function never(): never {
  throw new Error('no such version');
}
