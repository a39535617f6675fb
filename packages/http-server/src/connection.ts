import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { sendText } from './request-handler.js';

/** A request, and where its answer goes. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly connection: Connection;
  /** Whether the connection is kept for a few seconds only once this is answered: see `keepBriefly`. */
  isBrief: boolean;
}

/** What a connection is doing; times are those of a monotonic clock, milliseconds. */
export type ConnectionState =
  /** No whole request is there to be answered. */
  | { readonly kind: 'idle'; readonly sinceMs: number }
  | { readonly kind: 'answering' }
  /** The answer is written; the client has yet to read it. */
  | { readonly kind: 'sending'; readonly sinceMs: number };

/** What a connection needs of the server. */
export interface ConnectionContext {
  /** Answers a request; it never rejects. */
  readonly answer: (exchange: Exchange) => Promise<void>;
  /** Whether one more pipelined request may wait. */
  readonly hasRoomToWait: () => boolean;
  /** Called when the number of requests that wait changed by `change`. */
  readonly onWaiting: (change: number) => void;
  /** Called when an answer is over, read or not. */
  readonly onAnswered: () => void;
  /** Called when the connection is closed since the client did not read its answer in time. */
  readonly onCut: () => void;
  /** Called when the connection is closed since too many pipelined requests wait. */
  readonly onRefused: () => void;
  /** Milliseconds in which a client must read an answer. */
  readonly answerTimeoutMs: number;
  /** A monotonic clock, milliseconds. */
  readonly now: () => number;
}

/** Requests that may wait on one connection while one before them is answered. */
const MAX_WAITING = 1000;
/** How long a connection stays open without a request that brought nothing worth keeping it for, milliseconds. */
const BRIEF_KEEP_ALIVE_MS = 5_000;

/**
 * One client's connection. Its requests are answered one at a time, in their order: Node would start all that a client
 * pipelines at once, and a client that reads no answer would have the exporter make and hold all of them.
 */
export class Connection {
  /** Wrong logins so far. */
  failedLogins = 0;
  readonly #context: ConnectionContext;
  #socket: Socket;
  #state: ConnectionState;
  #current: ServerResponse | undefined;
  #waiting: Exchange[] = [];
  /** Sent as it is once the current answer is over; nothing is read any more. */
  #finalAnswer: string | undefined;
  #isRefused = false;

  constructor(socket: Socket, context: ConnectionContext) {
    this.#socket = socket;
    this.#context = context;
    this.#state = { kind: 'idle', sinceMs: context.now() };
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Goes on with the TLS connection that was built on the socket. */
  secure(socket: Socket): void {
    this.#socket = socket;
  }

  /** Answers a request, at once or when those before it are answered. */
  add(exchange: Exchange): void {
    if (this.#isRefused || this.#finalAnswer !== undefined) return;
    if (this.#current === undefined) this.#begin(exchange);
    else if (this.#waiting.length >= MAX_WAITING || !this.#context.hasRoomToWait()) this.#refuse(this.#current);
    else {
      this.#waiting.push(exchange);
      this.#context.onWaiting(1);
    }
  }

  /** Ends the connection with an answer to what is no request, after the answers to those before it. */
  endWith(finalAnswer: string): void {
    if (this.#isRefused || this.#finalAnswer !== undefined) return;
    this.#finalAnswer = finalAnswer;
    // What follows cannot be read, and each piece of it would be an error again.
    this.#socket.pause();
    if (this.#current === undefined) this.#sendFinalAnswer(finalAnswer);
  }

  /** Closes the connection at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Forgets the requests that wait: the connection is closed. */
  forget(): void {
    this.#context.onWaiting(-this.#waiting.length);
    this.#waiting = [];
  }

  #begin(exchange: Exchange): void {
    const { response } = exchange;
    this.#current = response;
    this.#state = { kind: 'answering' };
    let cut: NodeJS.Timeout | undefined;
    response.once('close', () => {
      clearTimeout(cut);
      this.#end(exchange);
    });
    const { answer, answerTimeoutMs, onCut, now } = this.#context;
    void answer(exchange).then(() => {
      // One that is not ended is a stream, which sees for itself that its client reads.
      if (response.closed || !response.writableEnded) return;
      this.#state = { kind: 'sending', sinceMs: now() };
      cut = setTimeout(() => {
        onCut();
        this.destroy();
      }, answerTimeoutMs);
    });
  }

  #end({ response, isBrief }: Exchange): void {
    this.#current = undefined;
    this.#state = { kind: 'idle', sinceMs: this.#context.now() };
    this.#context.onAnswered();
    // After an answer with `Connection: close` nothing more can be sent.
    if (!this.#socket.writable) return;
    const next = this.#waiting.shift();
    if (next !== undefined) {
      this.#context.onWaiting(-1);
      this.#begin(next);
    } else if (this.#finalAnswer !== undefined) this.#sendFinalAnswer(this.#finalAnswer);
    else if (isBrief || response.statusCode >= 400) this.#socket.setTimeout(BRIEF_KEEP_ALIVE_MS);
  }

  /** Answers the first of too many requests, where it is not answered yet, and none of the others. */
  #refuse(current: ServerResponse): void {
    this.#isRefused = true;
    this.#context.onRefused();
    this.forget();
    if (current.headersSent) this.destroy();
    else {
      current.setHeader('Connection', 'close');
      sendText(current, 503, 'too many requests wait on this connection; expected the answers to be read first');
    }
  }

  #sendFinalAnswer(finalAnswer: string): void {
    this.#socket.setTimeout(BRIEF_KEEP_ALIVE_MS);
    this.#socket.end(finalAnswer, () => this.destroy());
  }
}

/** Keeps the connection for only a few seconds after this answer, and sets its headers accordingly. */
export function keepBriefly(exchange: Exchange): void {
  exchange.isBrief = true;
  if (!exchange.response.shouldKeepAlive) return;
  exchange.response.setHeader('Connection', 'keep-alive');
  exchange.response.setHeader('Keep-Alive', `timeout=${BRIEF_KEEP_ALIVE_MS / 1000}`);
}
