import { temporaryFolder } from '@redmeter/test-servers/jest';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { freePort, makeCertificates, waitFor, type Certificates } from '@redmeter/test-servers';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Gateway } from '../../src/gateway/gateway.js';
import { nginxGateway } from '../../src/gateway/nginx/nginx-gateway.js';
import type { PlannedVersion, TrafficPlan } from '../../src/plan/traffic-plan.js';
import { ask } from './http-client.js';
import { startUsers } from './users-load.js';
import { startTlsVersion, startVersion, type VersionServer } from './version-server.js';

let folder: string;
let gateway: Gateway;
let port: number;
let versions: VersionServer[];
beforeEach(async () => {
  folder = join(temporaryFolder(), 'a gate');
  await mkdir(folder);
  gateway = nginxGateway(folder);
  port = await freePort();
  versions = [];
});
afterEach(async () => {
  await gateway.stop();
  for (const version of versions) await version.stop();
});

async function certificates(host?: string): Promise<Certificates> {
  const place = join(folder, `certificates of ${host ?? 'localhost'}`);
  await mkdir(place);
  return makeCertificates(place, host);
}

async function start(name: string, given?: Certificates): Promise<VersionServer> {
  const version =
    given === undefined
      ? await startVersion(name)
      : await startTlsVersion(name, { cert: await readFile(given.certFile), key: await readFile(given.keyFile) });
  versions.push(version);
  return version;
}

const plan = (planned: readonly PlannedVersion[], rest: Partial<TrafficPlan> = {}): TrafficPlan => ({
  application: 'shop',
  gateway: { kind: 'nginx', listen: { host: '127.0.0.1', port }, folder },
  versions: planned,
  segments: [],
  ...rest,
});
const url = (path = '/'): string => `http://127.0.0.1:${port}${path}`;

it('reaches a version by TLS, asks for it by its name, and moves users to it and back without a failed request', async () => {
  const given = await certificates();
  const [one, two] = [await start('v1'), await start('v2', given)];
  const at = (share: number): TrafficPlan =>
    plan([
      { name: 'v1', url: one.url, share: 10_000 - share },
      { name: 'v2', url: two.url, ca: given.caFile, share },
    ]);
  await gateway.apply(at(0));
  const users = startUsers(url(), 4);
  for (const share of [10_000, 5000, 0, 10_000]) {
    const before = users.answers();
    await gateway.apply(at(share));
    await waitFor(() => users.answers() > before + 30);
  }
  const { failures, byBody } = await users.stop();
  expect([failures, [...byBody.keys()].sort()]).toEqual([[], ['v1', 'v2']]);
  const body = 'x'.repeat(300_000);
  const headers = { host: 'shop.example' };
  two.seen.length = 0;
  expect(await ask(url('/pay?x=%7B'), { method: 'POST', body, headers })).toMatchObject({ status: 200, body: 'v2' });
  expect(await gateway.status()).toMatchObject({ kind: 'serving', plan: at(10_000) });
  const [paid] = two.seen;
  expect([paid?.url, paid?.body === body, paid?.headers.host, paid?.serverName]).toEqual([
    '/pay?x=%7B',
    true,
    'shop.example',
    'localhost',
  ]);
});

it('copies requests to a version by TLS', async () => {
  const given = await certificates();
  const [one, two] = [await start('v1'), await start('v2', given)];
  const shares = [
    { name: 'v1', url: one.url, share: 10_000 },
    { name: 'v2', url: two.url, ca: given.caFile, share: 0 },
  ];
  await gateway.apply(plan(shares, { mirror: { to: 'v2', share: 10_000 } }));
  expect(await ask(url('/copied'))).toMatchObject({ body: 'v1' });
  await waitFor(() => two.seen[0]?.url === '/copied' && two.seen[0].headers['x-redmeter-copy'] === '1');
});

it('sends nothing to a version whose certificate it cannot verify', async () => {
  const [given, ofOther] = [await certificates(), await certificates('other.example')];
  const cases = [
    // The authorities of the system do not know it.
    { served: given, ca: undefined },
    // Neither does another authority.
    { served: given, ca: ofOther.caFile },
    // It is of another host.
    { served: ofOther, ca: ofOther.caFile },
  ];
  for (const { served, ca } of cases) {
    const version = await start('v1', served);
    const planned = { name: 'v1', url: version.url, share: 10_000 };
    await gateway.apply(plan([ca === undefined ? planned : { ...planned, ca }]));
    expect([(await ask(url())).status, version.count]).toEqual([502, 0]);
  }
});

it('keeps the plan in force when a file of authorities cannot be read, and names it', async () => {
  const one = await start('v1');
  const before = plan([{ name: 'v1', url: one.url, share: 10_000 }]);
  await gateway.apply(before);
  const missing = join(folder, 'no-such.pem');
  await expect(
    gateway.apply(plan([{ name: 'v2', url: 'https://localhost:1', ca: missing, share: 10_000 }])),
  ).rejects.toMatchObject({ code: 'gateway_refused', message: expect.stringMatching(/^[^\n]*no-such\.pem[^\n]*$/) });
  expect(await gateway.status()).toMatchObject({ plan: before });
  expect((await ask(url())).body).toBe('v1');
});
