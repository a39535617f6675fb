import {
  CONNECT_TIMEOUT_MS,
  directClientOptions,
  type ConnectionOptions,
  type Endpoint,
} from '@redmeter/redis-connector';
import { Redis } from 'ioredis';
import { PreparedCommand, type CommandArguments } from './prepared-command.js';
import type { OwnClient } from './redis-client.js';

class OwnRedis extends Redis implements OwnClient {
  send(command: string, args: CommandArguments): Promise<unknown> {
    return Promise.resolve(this.sendCommand(new PreparedCommand(command, args)));
  }
}

/** Opens an ioredis client; the sender retries and reconnects itself. */
export function newOwnClient(where: ConnectionOptions, locate?: () => Promise<Endpoint>): OwnRedis {
  const client = new OwnRedis(directClientOptions(where, CONNECT_TIMEOUT_MS, { locate }));
  // The connection does not keep a process running; flush() and close() do until they end.
  client.on('connect', () => client.stream.unref());
  return client;
}
