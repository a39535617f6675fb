import { describe, expect, it } from '@jest/globals';
import { freePort } from '@redmeter/test-servers';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { nginxGateway } from '../../../src/gateway/nginx/nginx-gateway.js';
import type { TrafficPlan } from '../../../src/plan/traffic-plan.js';
import { describeGateway, type GatewayUnderTest } from '../gateway-contract.js';
import { ask } from '../http-client.js';
import { describeTraffic, type TrafficUnderTest } from '../traffic-contract.js';
import { startVersion } from '../version-server.js';

async function makeNginx(): Promise<TrafficUnderTest & { readonly folder: string }> {
  // With a space, as paths of users may have one.
  const folder = join(temporaryFolder(), 'the gate');
  await mkdir(folder);
  const port = await freePort();
  const gateway = nginxGateway(folder);
  return {
    gateway,
    folder,
    port,
    planned: { kind: 'nginx', listen: { host: '127.0.0.1', port }, folder },
    remove: async () => {
      await gateway.stop();
    },
  };
}

async function makeNginxWithVersions(): Promise<GatewayUnderTest> {
  const { gateway, planned, port, remove } = await makeNginx();
  const versions = await Promise.all(['v1', 'v2', 'v3'].map(startVersion));
  return {
    gateway,
    planned,
    backendOf: (name) => ({ url: versions.find((version) => version.name === name)?.url ?? '' }),
    missing: { url: 'http://no-such-host.invalid' },
    reached: (headers) => bodiesFrom(port, headers),
    remove: async () => {
      await remove();
      for (const version of versions) await version.stop();
    },
  };
}

/** All bodies among so many answers that each of two equal shares is sure to be met. */
async function bodiesFrom(port: number, headers: Readonly<Record<string, string>>): Promise<string[]> {
  const sent = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Buffer.from(value, 'utf8').toString('latin1')]),
  );
  const bodies = new Set<string>();
  try {
    for (let count = 0; count < 30; count += 1) {
      bodies.add((await ask(`http://127.0.0.1:${port}/`, { headers: sent })).body);
    }
  } catch (error) {
    if (!String(error).includes('ECONNREFUSED')) throw error;
  }
  return [...bodies].sort();
}

describeGateway('nginx', makeNginxWithVersions);
describeTraffic('nginx', makeNginx);

describe('an nginx', () => {
  const planFor = (planned: TrafficPlan['gateway'], url: string): TrafficPlan => ({
    application: 'shop',
    gateway: planned,
    versions: [{ name: 'v1', url, share: 10_000 }],
    segments: [],
  });

  it('that is missing is named, with how to install it', async () => {
    const { planned, folder, remove } = await makeNginx();
    const gateway = nginxGateway(folder, { program: 'no-such-nginx' });
    await expect(gateway.apply(planFor(planned, 'http://127.0.0.1:1'))).rejects.toMatchObject({
      code: 'gateway_unavailable',
      message:
        'expected the program no-such-nginx of the gateway, found none; install it, such as with "apt-get install nginx-light"',
    });
    await remove();
  });

  it('does not take over a port that another program uses', async () => {
    const { gateway, planned, port, remove } = await makeNginx();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    await expect(gateway.apply(planFor(planned, 'http://127.0.0.1:1'))).rejects.toMatchObject({
      code: 'gateway_unavailable',
      message: `expected gateway.nginx.listen to be a free address, got 127.0.0.1:${port}, which another program uses`,
    });
    expect(await gateway.status()).toMatchObject({ kind: 'down' });
    await new Promise((resolve) => other.close(resolve));
    await remove();
  });

  it('that was killed is started again in its folder', async () => {
    const { gateway, planned, port, folder, remove } = await makeNginx();
    const version = await startVersion('v1');
    const plan = planFor(planned, version.url);
    await gateway.apply(plan);
    for (const name of ['door', 'split']) {
      const master = Number(await readFile(join(folder, `${name}.pid`), 'utf8'));
      const workers = (await readFile(`/proc/${master}/task/${master}/children`, 'utf8')).trim().split(' ').map(Number);
      for (const pid of [master, ...workers]) process.kill(pid, 'SIGKILL');
    }
    expect(await gateway.status()).toMatchObject({ kind: 'down' });
    await gateway.apply(plan);
    expect(await ask(`http://127.0.0.1:${port}/`)).toMatchObject({ status: 200, body: 'v1' });
    await remove();
    await version.stop();
  });

  it('moves to another address without a gap on its side', async () => {
    const { gateway, planned, folder, port, remove } = await makeNginx();
    const version = await startVersion('v1');
    await gateway.apply(planFor(planned, version.url));
    const other = await freePort();
    await gateway.apply(planFor({ kind: 'nginx', folder, listen: { host: '127.0.0.1', port: other } }, version.url));
    expect(await ask(`http://127.0.0.1:${other}/`)).toMatchObject({ body: 'v1' });
    expect(other).not.toBe(port);
    await remove();
    await version.stop();
  });
});
