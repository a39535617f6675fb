import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { abnClient, type AbnClient } from '../abn-client.js';
import { startTestService, type TestService } from '../test-service.js';

let service: TestService;
let client: AbnClient;

afterEach(async () => {
  client.close();
  await service.stop();
});

async function start(abi: '0.13' | '1.1'): Promise<void> {
  service = await startTestService({ iter8Abi: abi });
  client = abnClient(abi === '0.13' ? 'iter8_0_13' : 'iter8_1_1', service.grpcAddress);
}

const users = Array.from({ length: 40 }, (_, index) => `user-${index}`);

describe('a client of Iter8 1.1', () => {
  it('gets the number of the version that the store names', async () => {
    await start('1.1');
    const numbers = await Promise.all(
      users.map(async (user) => (await client.call('Lookup', { name: 'shop', user }))['versionNumber']),
    );
    const expected = await Promise.all(
      users.map(async (user) => ((await service.store.lookup('shop', user)).version === 'v1' ? 0 : 1)),
    );
    expect(numbers).toEqual(expected);
    expect(new Set(numbers)).toEqual(new Set([0, 1]));
  });

  it('takes a name without a namespace and one in the namespace default for the same', async () => {
    await start('1.1');
    await service.store.setVersions('default/blog', [
      { version: 'none', signature: '', weight: 0 },
      { version: 'only', signature: '', weight: 1 },
    ]);
    const ofShop = await client.call('Lookup', { name: 'shop', user: 'ann' });
    expect(await client.call('Lookup', { name: 'default/shop', user: 'ann' })).toEqual(ofShop);
    for (const name of ['blog', 'default/blog']) {
      expect(await client.call('Lookup', { name, user: 'ann' })).toEqual({ versionNumber: 1 });
    }
  });

  it('stores a value for the version of the user before it answers', async () => {
    await start('1.1');
    await client.call('WriteMetric', { name: 'spent', value: '12.5', application: 'shop', user: 'user-0' });
    await client.call('WriteMetric', { name: 'spent', value: '1e1', application: 'default/shop', user: 'user-0' });
    const build = await service.store.lookup('shop', 'user-0');
    const { metrics, numUsers } = await service.store.aggregate('shop', {
      version: build.version,
      signature: build.signature,
    });
    expect(metrics['spent']).toMatchObject({
      overTransactions: { count: 2, min: 10, max: 12.5 },
      overUsers: { count: 1, mean: 22.5 },
    });
    expect(numUsers).toBe(1);
  });

  it.each([
    ['Lookup', { name: 'nowhere', user: 'ann' }, status.NOT_FOUND, /whose versions are set, got "nowhere"/],
    ['Lookup', { name: 'shop', user: '' }, status.INVALID_ARGUMENT, /expected a user to be a string of 1 to 200 bytes/],
    ['Lookup', { name: 'shop', user: 'a'.repeat(201) }, status.INVALID_ARGUMENT, /a user/],
    [
      'WriteMetric',
      { name: 'm', value: 'much', application: 'shop', user: 'ann' },
      status.INVALID_ARGUMENT,
      /number in a string, got "much"/,
    ],
    [
      'WriteMetric',
      { name: 'm', value: '', application: 'shop', user: 'ann' },
      status.INVALID_ARGUMENT,
      /number in a string/,
    ],
    [
      'WriteMetric',
      { name: 'm', value: 'NaN', application: 'shop', user: 'ann' },
      status.INVALID_ARGUMENT,
      /number in a string/,
    ],
    [
      'WriteMetric',
      { name: '', value: '1', application: 'shop', user: 'ann' },
      status.INVALID_ARGUMENT,
      /expected a metric/,
    ],
    ['WriteMetric', { name: 'm', value: '1', application: 'nowhere', user: 'ann' }, status.NOT_FOUND, /"nowhere"/],
    ['Lookup', { name: 'x'.repeat(100_000), user: 'ann' }, status.RESOURCE_EXHAUSTED, /larger than max/],
  ] as const)('is refused with a reason: %s %#', async (method, message, code, details) => {
    await start('1.1');
    await expect(client.call(method, message)).rejects.toMatchObject({ code, details: expect.stringMatching(details) });
  });
});

describe('a client of Iter8 0.13', () => {
  it('gets the track of the version that the store names', async () => {
    await start('0.13');
    for (const user of users.slice(0, 10)) {
      expect(await client.call('Lookup', { name: 'shop', user })).toEqual({
        track: (await service.store.lookup('shop', user)).version,
      });
    }
  });

  it('gets tracks, versions and metrics of an application', async () => {
    await start('0.13');
    for (const [index, value] of [3, 5].entries()) {
      const build = { version: 'v2', signature: '9f2c1' };
      await service.store.writeMetric({ application: 'shop', user: `user-${index}`, metric: 'spent', value, build });
    }
    const { applicationJson } = await client.call('GetApplicationData', { application: 'shop' });
    expect(JSON.parse(String(applicationJson))).toEqual({
      name: 'shop',
      tracks: { v1: 'v1', v2: '9f2c1' },
      versions: { v1: { metrics: {} }, '9f2c1': { metrics: { spent: [2, 8, 3, 5, 34] } } },
    });
    await expect(client.call('GetApplicationData', { application: 'nowhere' })).rejects.toMatchObject({
      code: status.NOT_FOUND,
    });
  });
});

it('refuses connections above the limit', async () => {
  service = await startTestService({ maxConnections: 1 });
  client = abnClient('iter8_1_1', service.grpcAddress);
  await client.call('Lookup', { name: 'shop', user: 'ann' });
  const [host = '', port = ''] = service.grpcAddress.split(':');
  const second = connect(Number(port), host);
  await new Promise((resolve) => second.on('error', resolve).once('close', resolve));
  expect(await client.call('Lookup', { name: 'shop', user: 'ann' })).toBeDefined();
});
