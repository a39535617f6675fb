import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { encodeCommand, readTexts, RespFrames } from './resp.js';

/** A TCP proxy to Redis that does not take all commands. */
export interface RefusingProxy {
  readonly url: string;
  readonly port: number;
  /** Names of the commands that reached the proxy, in capitals, in their order. */
  readonly commands: readonly string[];
  /** Ends all connections; new ones are taken. */
  cut(): void;
  stop(): Promise<void>;
}

/** What becomes of a command: Redis gets it, an error is the answer, or the connection ends. */
export type CommandFate = 'passed' | 'error' | 'hang up';

/**
 * Starts a proxy to a port on loopback.
 * @param fateOf decides what happens to a command, by its name in capitals
 */
export async function startRefusingProxy(port: number, fateOf: (name: string) => CommandFate): Promise<RefusingProxy> {
  const sockets = new Set<Socket>();
  const commands: string[] = [];
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
    const frames = new RespFrames();
    client.on('data', (chunk: Buffer) => {
      for (const frame of frames.push(chunk)) {
        const name = (readTexts(frame)[0] ?? '').toUpperCase();
        commands.push(name);
        const fate = fateOf(name);
        if (fate === 'hang up') {
          client.destroy();
          return;
        }
        // Redis's own error for what it does not know, in the order of its answers.
        upstream.write(fate === 'passed' ? frame : encodeCommand([`NO_${name}`]));
      }
    });
    upstream.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = (server.address() as AddressInfo).port;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `redis://127.0.0.1:${own}`,
    port: own,
    commands,
    cut,
    async stop() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
