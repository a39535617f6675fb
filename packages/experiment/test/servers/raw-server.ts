import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A server of raw bytes on a free port of loopback: what it does with each request is up to the test. */
export type RawServer = { readonly url: string; readonly port: number; close(): Promise<void> };

/**
 * Starts a raw server. `onRequest` is called when a whole request is there, with how many came before it; `onConnection` when a
 * connection is made, with how many were made before it.
 */
export async function startRawServer(
  onRequest: (socket: Socket, request: number) => void,
  onConnection: (socket: Socket, connection: number) => void = () => undefined,
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  let requests = 0;
  let connections = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      for (let end = endOfRequest(received); end !== undefined; end = endOfRequest(received)) {
        received = received.subarray(end);
        onRequest(socket, requests++);
      }
    });
    onConnection(socket, connections++);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function endOfRequest(bytes: Buffer): number | undefined {
  const head = bytes.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const length = Number(/^content-length: *(\d+)/im.exec(bytes.toString('latin1', 0, head))?.[1] ?? 0);
  return bytes.length >= head + 4 + length ? head + 4 + length : undefined;
}
