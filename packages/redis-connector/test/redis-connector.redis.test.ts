import { expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { Redis } from 'ioredis';
import { once } from 'node:events';
import { directClientOptions } from '../src/direct-client.js';
import { connectorClass } from '../src/redis-connector.js';

const server = useRedisServer();

function endpoint(): { host: string; port: number } {
  const { hostname, port } = new URL(server.url);
  return { host: hostname, port: Number(port) };
}

async function end(client: Redis): Promise<void> {
  const ended = once(client, 'end');
  client.disconnect();
  await ended;
}

// A TLS socket does so now and then when the server ends it; which error comes first is chance.
it('survives a socket that fails twice', async () => {
  const client = new Redis(directClientOptions(endpoint(), 5000));
  const messages: string[] = [];
  client.on('error', (error: Error) => messages.push(error.message));
  await client.connect();
  const { stream } = client;
  stream.emit('error', new Error('first'));
  stream.emit('error', new Error('second'));
  expect(messages).toEqual(['first']);
  await end(client);
});

it('finds the server of each connection, and retries with the given delay', async () => {
  const failures: number[] = [];
  let calls = 0;
  const client = new Redis({
    lazyConnect: true,
    retryStrategy: () => 1,
    Connector: connectorClass({
      locate: () => ((calls += 1) % 3 === 0 ? Promise.resolve(endpoint()) : Promise.reject(new Error(`call ${calls}`))),
      retryDelayMs: (count) => failures.push(count),
    }),
  });
  const messages: string[] = [];
  client.on('error', (error: Error) => messages.push(error.message));
  await client.connect();
  expect(await client.ping()).toBe('PONG');
  const again = new Promise<void>((resolve) => client.once('ready', resolve));
  client.disconnect(true);
  await again;
  expect(messages).toEqual(['call 1', 'call 2', 'call 4', 'call 5']);
  expect(failures).toEqual([1, 2, 1, 2]);
  await end(client);
});

it('ends at the first failure to find the server when it may not try again', async () => {
  const locate = (): Promise<never> => Promise.reject(new Error('nobody knows'));
  const client = new Redis(directClientOptions({}, 5000, { locate }));
  client.on('error', () => undefined);
  await expect(client.connect()).rejects.toThrow('nobody knows');
  expect(client.status).toBe('end');
});

it('gives up finding the server when the client is disconnected meanwhile', async () => {
  let find: (found: { host: string; port: number }) => void = () => undefined;
  const locate = (): Promise<{ host: string; port: number }> => new Promise((resolve) => (find = resolve));
  const client = new Redis(directClientOptions({}, 5000, { locate }));
  client.on('error', () => undefined);
  const connecting = client.connect();
  client.disconnect();
  find(endpoint());
  await expect(connecting).rejects.toThrow('Connection is closed.');
});

it.each([
  [{ role: 'slave' }, true, false],
  [{ role: 'master' }, true, true],
  [{}, true, true],
  [{ role: 'slave' }, false, true],
])('accepts a server whose INFO says %j where the server was located: %s -> %s', (info, isLocated, isAccepted) => {
  const Connector = connectorClass(isLocated ? { locate: () => Promise.resolve(endpoint()) } : {});
  expect(new Connector({}).check(info)).toBe(isAccepted);
});
