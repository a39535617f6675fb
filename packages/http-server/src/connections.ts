import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Connection, type ConnectionContext, type Exchange } from './connection.js';
import { clientErrorAnswer } from './client-error.js';

/** Limits of connections, and what is called when they are closed. */
export interface ConnectionsOptions {
  /** Maximum number of connections. */
  readonly maxConnections: number;
  /** Milliseconds in which a client must read a response. */
  readonly answerTimeoutMs: number;
  /** Handles a request; it never rejects. */
  readonly answer: (exchange: Exchange) => Promise<void>;
  /** Called when a connection is closed to make room for another, or rejected because there is no room. */
  readonly onClosed: (why: 'idle' | 'slow' | 'refused') => void;
  /** Called when a connection is closed because the client did not read its response in time. */
  readonly onCut: () => void;
  /** Called when a connection is closed because too many pipelined requests wait. */
  readonly onRefused: () => void;
  /** A monotonic clock, milliseconds. */
  readonly now: () => number;
}

/** Pipelined requests that may wait on all connections together. A waiting one takes about 1.5 kB (measured). */
const MAX_WAITING = 4096;
/** Milliseconds after which a client that still reads its response counts as slow. */
const MIN_SLOW_MS = 1_000;

/**
 * All connections. Where there are as many as may be, a new one takes the place of the one that is idle longest, or, where
 * none is idle, of the one whose client has been reading an answer longest. Unused connections keep no others out.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #context: ConnectionContext;
  readonly #open = new Set<Connection>();
  readonly #bySocket = new WeakMap<Socket, Connection>();
  /** By what `addressesOf` gives: the socket of a TLS connection does not lead to the one that it was built on. */
  readonly #byAddresses = new Map<string, Connection>();
  #waiting = 0;
  #onAnswered: () => void = () => undefined;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#context = {
      ...options,
      hasRoomToWait: () => this.#waiting < MAX_WAITING,
      onWaiting: (change) => (this.#waiting += change),
      onAnswered: () => this.#onAnswered(),
    };
  }

  /** Adds a new connection, before any TLS handshake. */
  accept(socket: Socket): void {
    if (this.#open.size >= this.#options.maxConnections && !this.#makeRoom()) {
      this.#options.onClosed('refused');
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, this.#context);
    this.#open.add(connection);
    this.#bySocket.set(socket, connection);
    const addresses = addressesOf(socket);
    this.#byAddresses.set(addresses, connection);
    socket.once('close', () => {
      if (this.#byAddresses.get(addresses) === connection) this.#byAddresses.delete(addresses);
      this.#remove(connection);
    });
  }

  /** Adds the TLS connection on one of the added connections. */
  secure(socket: Socket): void {
    const connection = this.#byAddresses.get(addressesOf(socket));
    if (connection === undefined) {
      socket.destroy();
      return;
    }
    connection.secure(socket);
    this.#bySocket.set(socket, connection);
    socket.once('close', () => this.#remove(connection));
  }

  /** Handles a request. */
  add(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#bySocket.get(request.socket);
    if (connection === undefined) response.destroy();
    else connection.add({ request, response, connection, arrivedAtMs: this.#options.now(), isBrief: false });
  }

  /** Handles bytes that are no request, or an error of a connection. */
  fail(error: NodeJS.ErrnoException, socket: Socket): void {
    const connection = this.#bySocket.get(socket);
    const answer = clientErrorAnswer(error);
    if (connection === undefined || answer === undefined || !socket.writable) socket.destroy();
    else connection.endWith(answer);
  }

  /** Waits for the current responses, for at most `graceMs` milliseconds. */
  async drain(graceMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cut = setTimeout(resolve, graceMs);
      this.#onAnswered = () => {
        for (const { state } of this.#open) if (state.kind !== 'idle') return;
        clearTimeout(cut);
        resolve();
      };
      this.#onAnswered();
    });
  }

  /** @returns whether there is room for one more now */
  #makeRoom(): boolean {
    const before = this.#options.now() - MIN_SLOW_MS;
    const idle = this.#longest('idle', Number.POSITIVE_INFINITY);
    const longest = idle ?? this.#longest('sending', before);
    if (longest === undefined) return false;
    this.#options.onClosed(idle === undefined ? 'slow' : 'idle');
    this.#remove(longest);
    longest.destroy();
    return true;
  }

  /** The connection that is in a state longest, and has been since before a moment. */
  #longest(kind: 'idle' | 'sending', beforeMs: number): Connection | undefined {
    let longest: Connection | undefined;
    let firstMs = beforeMs;
    for (const connection of this.#open) {
      const { state } = connection;
      if (state.kind !== kind || state.sinceMs >= firstMs) continue;
      longest = connection;
      firstMs = state.sinceMs;
    }
    return longest;
  }

  #remove(connection: Connection): void {
    if (!this.#open.delete(connection)) return;
    connection.forget();
    // Its answer, if there was one, is over.
    this.#onAnswered();
  }
}

/** Identifies a connection among all open ones. */
function addressesOf(socket: Socket): string {
  return [socket.remoteAddress, socket.remotePort, socket.localAddress, socket.localPort].join(' ');
}
