import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy that asks before it hands on what a server says. */
export interface AskingProxy {
  readonly port: number;
  /** Ends it. @throws what asking threw */
  stop(): Promise<void>;
}

/**
 * Starts a proxy to a port on loopback. While `ask` thinks, the client waits; what is answered with false is cut off, and the
 * connection with it.
 */
export async function startAskingProxy(port: number, ask: (said: string) => Promise<boolean>): Promise<AskingProxy> {
  const sockets = new Set<Socket>();
  const failures: unknown[] = [];
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    const cut = (): void => [client, upstream].forEach((socket) => socket.destroy());
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // A cut connection is an error to one side or the other; that is the point.
      socket.on('error', cut);
      socket.on('close', () => {
        sockets.delete(socket);
        cut();
      });
    }
    client.pipe(upstream);
    const handOn = async (): Promise<void> => {
      for await (const chunk of upstream as AsyncIterable<Buffer>) {
        if (!(await ask(chunk.toString('latin1')))) {
          cut();
          return;
        }
        client.write(chunk);
      }
    };
    void handOn().catch((error: unknown) => {
      // A side that is gone ends the reading, too.
      if (!upstream.destroyed) failures.push(error);
      cut();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
      if (failures.length > 0) throw failures[0];
    },
  };
}
