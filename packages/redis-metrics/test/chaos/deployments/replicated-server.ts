import { startRedisServer, type RedisServer, waitFor } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import type { OneServer } from './deployment.js';
import { LagPipe } from './lag-pipe.js';

/** A master and a replica behind a pipe that can lag. */
export class ReplicatedServer implements OneServer {
  #master: RedisServer;
  #admin: Redis;
  #replica: RedisServer;
  #pipe: LagPipe;

  private constructor(master: RedisServer, admin: Redis, replica: RedisServer, pipe: LagPipe) {
    this.#master = master;
    this.#admin = admin;
    this.#replica = replica;
    this.#pipe = pipe;
  }

  static async start(): Promise<ReplicatedServer> {
    const master = await startRedisServer({ args: ['--repl-diskless-sync-delay', '0'] });
    return new ReplicatedServer(master, await master.connect(), ...(await startReplica(master)));
  }

  get port(): number {
    return this.#master.port;
  }

  async masters(): Promise<readonly Redis[]> {
    return [await this.#master.connect()];
  }

  /** From now on, what the master acknowledges does not reach the replica, which has all that came before. */
  async lag(): Promise<void> {
    // WAIT waits for what was written before this connection's last command.
    await this.#admin.ping();
    const followers = await this.#admin.wait(1, 60_000);
    if (followers < 1) throw new Error('expected the replica to have all that the master has within 60 s');
    this.#pipe.holdBack();
  }

  /** Kills the master and promotes the replica, which has a new replica when it is done. */
  async failOver(): Promise<void> {
    await this.#master.stop();
    await this.#pipe.stop();
    this.#master = this.#replica;
    this.#admin = await this.#master.connect();
    await this.#admin.replicaof('NO', 'ONE');
    [this.#replica, this.#pipe] = await startReplica(this.#master);
  }

  async stop(): Promise<void> {
    await this.#replica.stop();
    await this.#pipe.stop();
    await this.#master.stop();
  }
}

async function startReplica(master: RedisServer): Promise<[RedisServer, LagPipe]> {
  const pipe = await LagPipe.start(master.port);
  const replica = await startRedisServer({
    args: ['--repl-diskless-sync-delay', '0', '--replicaof', '127.0.0.1', String(pipe.port)],
  });
  const client = await replica.connect();
  await waitFor(
    async () => (await client.info('replication').catch(() => '')).includes('master_link_status:up'),
    'the replica follows',
  );
  return [replica, pipe];
}
