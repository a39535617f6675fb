import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { Exchange } from './connection.js';
import { Connections } from './connections.js';
import type { ListenAddress } from './listen-address.js';

/** Certificate and key, and whether clients need a certificate too. */
export type TlsOptions = SecureContextOptions & {
  readonly requestCert?: boolean;
  readonly rejectUnauthorized?: boolean;
};

/** Where and how a server listens. */
export interface LimitedServerOptions extends ListenAddress {
  /** Connections at one time; above, the one that is idle longest is closed. */
  readonly maxConnections: number;
  /** Milliseconds in which a client must read a response, which stays in memory until then. */
  readonly answerTimeoutMs: number;
  /** Undefined for plain HTTP. */
  readonly tls: TlsOptions | undefined;
}

/** Callbacks of a server. */
export interface LimitedServerEvents {
  /** Handles a request; it never rejects. */
  readonly answer: (exchange: Exchange) => Promise<void>;
  /** A connection was closed to make room for another, or refused since no room could be made. */
  readonly onClosed: (why: 'idle' | 'slow' | 'refused') => void;
  /** A connection was closed since the client did not read its answer in time. */
  readonly onCut: () => void;
  /** A connection was closed since too many pipelined requests wait. */
  readonly onRefused: () => void;
  /** The server failed, for example without a free file descriptor; other connections are still served. */
  readonly onError: (error: Error) => void;
}

const MAX_HEADER_BYTES = 16_384;
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** Until a TLS connection is there no other limit holds. */
const HANDSHAKE_TIMEOUT_MS = 5_000;
/** Longer than the usual intervals between scrapes: the next one finds the connection open. */
const KEEP_ALIVE_MS = 75_000;

/** An HTTP server with limits on connections, headers, requests and unread responses. */
export class LimitedServer {
  readonly #options: LimitedServerOptions;
  readonly #events: LimitedServerEvents;
  readonly #connections: Connections;
  readonly #server: Server;

  constructor(options: LimitedServerOptions, events: LimitedServerEvents) {
    this.#options = options;
    this.#events = events;
    const { maxConnections, answerTimeoutMs } = options;
    this.#connections = new Connections({
      maxConnections,
      answerTimeoutMs,
      ...events,
      now: () => performance.now(),
    });
    this.#server = this.#createServer();
  }

  /**
   * Starts to listen.
   * @returns the address it listens on; rejects with the error of the system, such as `EADDRINUSE`
   */
  async listen(): Promise<AddressInfo> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      let fail = (error: Error): void => reject(error);
      this.#server.on('error', (error) => fail(error));
      this.#server.listen(port, host, () => {
        fail = (error) => this.#events.onError(error);
        const address = this.#server.address();
        if (address === null || typeof address === 'string') reject(new Error('no port'));
        else resolve(address);
      });
    });
  }

  /** Sets a renewed certificate for new connections. Has no effect on plain HTTP. */
  setTls(tls: TlsOptions): void {
    if (this.#server instanceof TlsServer) this.#server.setSecureContext(tls);
  }

  /** Waits for the current responses, for at most `graceMs` milliseconds, and closes all connections. */
  async close(graceMs: number): Promise<void> {
    // Before the server is closed, which would close connections whose answer is written and not yet read.
    await this.#connections.drain(graceMs);
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #createServer(): Server {
    const limits = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 1000,
    };
    const { tls } = this.#options;
    const connections = this.#connections;
    const listener: RequestListener = (request, response) => connections.add(request, response);
    const server =
      tls === undefined
        ? createServer(limits, listener)
        : createTlsServer({ ...limits, ...tls, handshakeTimeout: HANDSHAKE_TIMEOUT_MS }, listener);
    server.on('connection', (socket: Socket) => connections.accept(socket));
    server.on('secureConnection', (socket: Socket) => connections.secure(socket));
    // Whoever reads a body writes `100 Continue`.
    server.on('checkContinue', listener);
    server.on('clientError', (error: Error, socket: Socket) => connections.fail(error, socket));
    // A client that half-closes the connection, as `nc -N` does, still gets its response.
    return Object.assign(server, { httpAllowHalfOpen: true });
  }
}
