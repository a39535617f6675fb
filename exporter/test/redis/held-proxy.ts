import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy to Redis that passes each answer on when it is let. */
export interface HeldProxy {
  readonly port: number;
  readonly url: string;
  /** Cuts all connections; new ones are taken. */
  cut(): void;
  stop(): Promise<void>;
}

/**
 * Starts a proxy to a port on loopback.
 * @param pass is called with what was asked last, and answers when the answer may go on; false cuts the connection
 */
export async function startHeldProxy(port: number, pass: (request: string) => Promise<boolean>): Promise<HeldProxy> {
  const sockets = new Set<Socket>();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    let request = '';
    client.on('data', (chunk: Buffer) => {
      request = chunk.toString('latin1');
      upstream.write(chunk);
    });
    let passed: Promise<unknown> = Promise.resolve();
    upstream.on('data', (chunk: Buffer) => {
      // Side by side in time, in their order on the way.
      const isLet = pass(request);
      passed = passed.then(async () => ((await isLet) ? client.write(chunk) : client.destroy()));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = (server.address() as AddressInfo).port;
  return {
    port: own,
    url: `redis://127.0.0.1:${own}`,
    cut,
    async stop() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
