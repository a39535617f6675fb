import { expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { once } from 'node:events';
import { newOwnClient } from '../../src/redis/own-client.js';

const server = useRedisServer();

// A TLS socket does so now and then when the server ends it; which error comes first is chance.
it('survives a socket that fails twice', async () => {
  const { hostname, port } = new URL(server.url);
  const client = newOwnClient({ host: hostname, port: Number(port) });
  const messages: string[] = [];
  client.on('error', (error: Error) => messages.push(error.message));
  await client.connect();
  const { stream } = client;
  stream.emit('error', new Error('first'));
  stream.emit('error', new Error('second'));
  expect(messages).toEqual(['first']);
  const ended = once(client, 'end');
  client.disconnect();
  await ended;
});
