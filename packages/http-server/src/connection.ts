import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { sendText } from './request-handler.js';

/** A request and its response. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly connection: Connection;
  /** When its headers were read, by the clock of `performance.now()`. */
  readonly arrivedAtMs: number;
  /** Whether the connection is kept only for a few seconds after this response: see `keepBriefly`. */
  isBrief: boolean;
}

/** The state of a connection; times by a monotonic clock, in milliseconds. */
export type ConnectionState =
  /** There is no complete request. */
  | { readonly kind: 'idle'; readonly sinceMs: number }
  | { readonly kind: 'answering' }
  /** The response is written; the client has not read all of it. */
  | { readonly kind: 'sending'; readonly sinceMs: number };

/** Dependencies of a connection. */
export interface ConnectionContext {
  /** Handles a request; it never rejects. */
  readonly answer: (exchange: Exchange) => Promise<void>;
  /** Whether one more pipelined request may wait. */
  readonly hasRoomToWait: () => boolean;
  /** Called when the number of requests that wait changed by `change`. */
  readonly onWaiting: (change: number) => void;
  /** Called when a response is complete, whether it was read or not. */
  readonly onAnswered: () => void;
  /** Called when the connection is closed because the client did not read its response in time. */
  readonly onCut: () => void;
  /** Called when the connection is closed because too many pipelined requests wait. */
  readonly onRefused: () => void;
  /** Milliseconds in which a client must read a response. */
  readonly answerTimeoutMs: number;
  /** A monotonic clock, milliseconds. */
  readonly now: () => number;
}

/** Maximum number of requests that wait on one connection while another is handled. */
const MAX_WAITING = 1000;
/** Milliseconds for which a connection is kept after `keepBriefly`. */
const BRIEF_KEEP_ALIVE_MS = 5_000;

/**
 * The connection of one client. Its requests are handled one at a time, in their order: Node would start all that a client
 * pipelines at once, and responses to a client that does not read would fill the memory.
 */
export class Connection {
  /** Wrong logins so far. */
  failedLogins = 0;
  readonly #context: ConnectionContext;
  #socket: Socket;
  #state: ConnectionState;
  #current: Exchange | undefined;
  #waiting: Exchange[] = [];
  /** Sent after the current response; nothing more is read. */
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

  /** Switches to the TLS connection on the socket. */
  secure(socket: Socket): void {
    this.#socket = socket;
  }

  /** Handles a request, now or after those before it. */
  add(exchange: Exchange): void {
    if (this.#isRefused || this.#finalAnswer !== undefined) return;
    if (this.#current === undefined) this.#begin(exchange);
    else if (this.#waiting.length >= MAX_WAITING || !this.#context.hasRoomToWait())
      this.#refuse(this.#current.response);
    else {
      this.#waiting.push(exchange);
      this.#context.onWaiting(1);
    }
  }

  /**
   * Closes the connection with a response to bytes that are no request, or no more of one, after the responses before it. A request
   * whose body is not complete gets this response: whoever waits for the rest of the body would wait for ever.
   */
  endWith(finalAnswer: string): void {
    if (this.#isRefused || this.#finalAnswer !== undefined) return;
    this.#finalAnswer = finalAnswer;
    // What follows cannot be parsed; each piece of it would be another error.
    this.#socket.pause();
    // Of the requests of a connection only the last can be incomplete.
    if (this.#waiting.at(-1)?.request.complete === false) {
      this.#waiting.pop();
      this.#context.onWaiting(-1);
    }
    if (this.#current === undefined) this.#sendFinalAnswer(finalAnswer);
    else if (!this.#current.request.complete) {
      if (this.#current.response.headersSent) this.destroy();
      else this.#sendFinalAnswer(finalAnswer);
    }
  }

  /** Closes the connection at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Drops the waiting requests, after the connection was closed. */
  forget(): void {
    this.#context.onWaiting(-this.#waiting.length);
    this.#waiting = [];
  }

  #begin(exchange: Exchange): void {
    const { response } = exchange;
    this.#current = exchange;
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
      sendText(current, 503, 'too many pending requests on this connection; expected their responses to be read first');
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
