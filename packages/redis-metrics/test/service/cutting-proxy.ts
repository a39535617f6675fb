import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy that can cut connections at the worst moment. */
export interface CuttingProxy {
  readonly url: string;
  /** How many replies were cut so far. */
  readonly cuts: number;
  /** Lets the next `replies` replies that match reach the proxy, but not the client: its command was executed. */
  cutReplies(replies: number, matching: RegExp): void;
  /** Ends all connections; new ones may be made. */
  cutConnections(): void;
  stop(): Promise<void>;
}

/** Starts a proxy to a port on loopback. */
export async function startCuttingProxy(port: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let left = 0;
  let pattern = /^/;
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // A cut connection is an error to one side or the other; that is the point.
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (chunk) => {
      if (left > 0 && pattern.test(chunk.toString('latin1'))) {
        left -= 1;
        cuts += 1;
        client.destroy();
        upstream.destroy();
      } else client.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cuts() {
      return cuts;
    },
    cutReplies(replies, matching) {
      left = replies;
      pattern = matching;
    },
    cutConnections() {
      for (const socket of sockets) socket.destroy();
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
