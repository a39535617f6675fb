import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A real HTTP server on a free port of loopback. */
export type HttpTestServer = {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  close(): Promise<void>;
};

/** Starts a server with this handler; with `tls`, over TLS. */
export async function startHttpServer(handler: RequestListener, tls?: ServerOptions): Promise<HttpTestServer> {
  const server = tls === undefined ? createServer(handler) : createSecureServer(tls, handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    server,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
