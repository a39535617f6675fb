import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { answerUnreadable } from './unreadable-request.js';
import { StoreError } from './store-error.js';

/** Options of the server. */
export interface HttpServerOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** How long `stop` waits for requests in flight, in milliseconds. */
  readonly drainTimeoutMs: number;
}

/** A server that listens. */
export interface HttpServer {
  /** Where it answers, e.g. `http://127.0.0.1:5050`. */
  readonly url: string;
  /** Sets the handler; call it before awaiting anything else, since connections are accepted already. */
  serve(listener: RequestListener): void;
  /** Stops listening at once, lets requests in flight end, and cuts off those that take too long. */
  stop(): Promise<{ readonly cutOff: number }>;
}

/**
 * Listens before there is a handler: a store that cannot get its port must not write to Redis, where the store
 * that has the port may be writing.
 * @throws StoreError `cannot_listen`
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const server = createServer();
  const url = await listen(server, options);
  const inFlight = new Set<ServerResponse>();
  let isStopping = false;
  let onIdle: (() => void) | undefined;

  server.on('clientError', answerUnreadable);
  server.on('request', (_request, response) => {
    inFlight.add(response);
    response.once('close', () => {
      inFlight.delete(response);
      if (inFlight.size === 0) onIdle?.();
    });
    if (isStopping) response.setHeader('Connection', 'close');
  });

  return {
    url,
    serve(listener) {
      server.on('request', listener);
    },
    async stop() {
      isStopping = true;
      // Otherwise a keep-alive connection stays open for five seconds after its last response.
      for (const response of inFlight) if (!response.headersSent) response.setHeader('Connection', 'close');
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      let cutOff = 0;
      const deadline = setTimeout(() => {
        cutOff = inFlight.size;
        server.closeAllConnections();
      }, options.drainTimeoutMs);
      if (inFlight.size > 0) await new Promise<void>((resolve) => (onIdle = resolve));
      clearTimeout(deadline);
      // Connections that never sent a request count as busy for Node (60 s of `headersTimeout`).
      server.closeAllConnections();
      await closed;
      return { cutOff };
    },
  };
}

async function listen(server: Server, { host, port }: HttpServerOptions): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new StoreError('cannot_listen', whyNot(error, host, port), { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no TCP address');
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}

function whyNot(error: NodeJS.ErrnoException, host: string, port: number): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `PORT: expected a free port, got ${port}, which another program uses on ${host}; stop it or set PORT to another`;
    case 'EACCES':
      return `PORT: expected a port this user may listen on, got ${port}; set PORT to one from 1024 up`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `HOST: expected an address or name of this machine, got ${JSON.stringify(host)} (${error.code})`;
    default:
      return `cannot listen on ${host}, port ${port}: ${error.message}`;
  }
}
