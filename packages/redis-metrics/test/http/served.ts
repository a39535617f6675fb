import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';

/** A server on loopback. */
export interface Served {
  readonly url: string;
  /** Sends requests (`GET /path`, one after the other), and reads the answers to their end. */
  send(...requests: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Serves on a free port. */
export async function serve(
  listener: RequestListener,
  prepare: (server: Server) => void = () => undefined,
): Promise<Served> {
  const server = createServer(listener);
  prepare(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
  return {
    url,
    async send(...requests) {
      for (const request of requests) {
        const [method = '', path = ''] = request.split(' ');
        const response = await fetch(url + path, { method });
        await response.arrayBuffer();
      }
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
