import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { AnswerParser } from './answer-parser.js';
import { failureReason } from './failure-reason.js';
import type { HostLookup } from './host-lookup.js';
import type { Llhttp } from './llhttp.js';

/** What the connections of one load share. */
export type ConnectionSurroundings = {
  readonly llhttp: Llhttp;
  readonly lookup: HostLookup['lookup'];
  readonly readBuffer: Buffer;
  readonly acceptsAnyCertificate: boolean;
};

/** One request, as it goes over a connection. */
export type ConnectionRequest = {
  readonly bytes: Uint8Array;
  /** The response has no body, whatever its headers say: the request is a HEAD. */
  readonly isHead: boolean;
  /** `onAnswer` is to report the field `Location`. */
  readonly wantsLocation: boolean;
};

/** What a connection reports. Of each request it reports once that it was sent, unless it fails before, and once how it ended. */
export type ConnectionEvents = {
  readonly onSent: (nowMs: number) => void;
  readonly onAnswer: (statusCode: number, location: string | undefined) => void;
  readonly onFailure: (reason: string) => void;
};

// What a server that closes behind its answers, or sends more behind them, does on the heels of the first.
const SETTLING_MS = 2;
const MAX_OPENING_MS = 2000;

/**
 * One connection to one origin, which sends one request at a time and opens again when it has to. What goes wrong costs the request
 * under way alone: an answer with bytes behind it, one that came before the whole request was sent, and one that is malformed end the
 * connection, so that nothing of it is taken for the next answer.
 */
export class HttpConnection {
  readonly #url: URL;
  readonly #surroundings: ConnectionSurroundings;
  readonly #events: ConnectionEvents;
  readonly #parser: AnswerParser;
  readonly #openEvent: 'connect' | 'secureConnect';
  #socket: Socket | undefined;
  #isOpen = false;
  #isLookingUp = false;
  #error: Error | undefined;
  // Of the socket at hand.
  #answers = 0;
  #answeredMs = 0;
  #mostIdleMs = Infinity;
  #request: ConnectionRequest | undefined;
  #isSent = false;
  #deadlineMs = 0;
  #deadlineTimer: NodeJS.Timeout | undefined;
  // Counts what makes a wait for the connection to settle pointless: another request, another socket.
  #epoch = 0;

  constructor(url: URL, surroundings: ConnectionSurroundings, events: ConnectionEvents) {
    this.#url = url;
    this.#surroundings = surroundings;
    this.#events = events;
    this.#parser = new AnswerParser(surroundings.llhttp);
    this.#openEvent = url.protocol === 'https:' ? 'secureConnect' : 'connect';
  }

  /** Starts to open the connection, unless it is open. A failure is reported by the request that uses it. */
  open(): void {
    if (this.#socket !== undefined) return;
    this.#isOpen = false;
    this.#error = undefined;
    this.#answers = 0;
    this.#mostIdleMs = Infinity;
    const socket = this.#connect();
    this.#socket = socket;
    const isCurrent = (): boolean => this.#socket === socket;
    this.#isLookingUp = isIP(hostOf(this.#url)) === 0;
    socket.once('lookup', () => {
      if (isCurrent()) this.#isLookingUp = false;
    });
    socket.once(this.#openEvent, () => {
      if (!isCurrent()) return;
      this.#isOpen = true;
      if (this.#request !== undefined) this.#write();
    });
    socket.on('error', (error) => {
      if (isCurrent()) this.#error = error;
    });
    socket.once('end', () => {
      if (isCurrent()) this.#onEnd();
    });
    socket.once('close', () => {
      if (isCurrent()) this.#onClose();
    });
  }

  /** Opens the connection. Resolves when it is open or failed, or after two seconds. */
  opened(): Promise<void> {
    this.open();
    const socket = this.#socket;
    if (socket === undefined || this.#isOpen) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, MAX_OPENING_MS);
      const settle = (): void => {
        clearTimeout(timer);
        resolve();
      };
      socket.once(this.#openEvent, settle);
      socket.once('close', settle);
    });
  }

  /** Sends a request, over a new connection where there is none that can be used. The one before must have ended. */
  send(request: ConnectionRequest, timeoutMs: number): void {
    const nowMs = performance.now();
    this.#request = request;
    this.#isSent = false;
    this.#deadlineMs = nowMs + timeoutMs;
    this.#deadlineTimer ??= setTimeout(this.#onDeadline, timeoutMs);
    const idleMs = nowMs - this.#answeredMs;
    if (this.#answers > 0 && idleMs > this.#mostIdleMs) this.#drop();
    this.#epoch += 1;
    if (this.#socket === undefined || !this.#isOpen) this.open();
    else if (this.#answers === 0) this.#write();
    else if (this.#answers === 1 && idleMs < SETTLING_MS) setTimeout(this.#onPolled, SETTLING_MS, this.#epoch);
    else setImmediate(this.#onPolled, this.#epoch);
  }

  /** Gives up the request under way, if there is one. */
  interrupt(): void {
    if (this.#request !== undefined) this.#fail('interrupted');
  }

  /** Ends the connection, for good, when no request is under way. */
  close(): void {
    this.#drop();
    clearTimeout(this.#deadlineTimer);
    this.#parser.free();
  }

  // The second turn of the event loop comes after what the socket has already received.
  readonly #onPolled = (epoch: number): void => {
    setImmediate(this.#onSettled, epoch);
  };

  readonly #onSettled = (epoch: number): void => {
    if (epoch === this.#epoch) this.#write();
  };

  readonly #onDeadline = (): void => {
    this.#deadlineTimer = undefined;
    if (this.#request === undefined) return;
    const waitMs = this.#deadlineMs - performance.now();
    // The timer was set for a request before this one.
    if (waitMs > 0) this.#deadlineTimer = setTimeout(this.#onDeadline, Math.ceil(waitMs));
    else if (this.#isSent) this.#fail('timeout');
    else this.#fail(this.#isLookingUp ? 'DNS lookup timeout' : 'connect timeout');
  };

  #connect(): Socket {
    const { lookup, readBuffer, acceptsAnyCertificate } = this.#surroundings;
    const host = hostOf(this.#url);
    if (this.#url.protocol === 'https:') {
      const socket = connectSecure({
        host,
        port: Number(this.#url.port || 443),
        lookup,
        rejectUnauthorized: !acceptsAnyCertificate,
        ALPNProtocols: ['http/1.1'],
        ...(isIP(host) === 0 ? { servername: host } : {}),
      });
      socket.setNoDelay(true);
      socket.on('data', (chunk: Buffer) => {
        if (this.#socket === socket) this.#onData(chunk);
      });
      return socket;
    }
    // One buffer for all: what is read is looked at before the next bytes are.
    const onread = {
      buffer: readBuffer,
      callback: (count: number): boolean => {
        if (this.#socket === socket) this.#onData(readBuffer.subarray(0, count));
        return true;
      },
    };
    const socket = connectPlain({ host, port: Number(this.#url.port || 80), lookup, noDelay: true, onread });
    return socket;
  }

  #write(): void {
    if (this.#request === undefined || this.#socket === undefined) return;
    const { bytes, isHead, wantsLocation } = this.#request;
    this.#isSent = true;
    // The first answer says how long the server keeps a connection that is idle.
    this.#parser.begin(isHead, wantsLocation || this.#answers === 0);
    this.#socket.write(bytes);
    this.#events.onSent(performance.now());
  }

  #onData(chunk: Uint8Array): void {
    if (!this.#isSent || this.#request === undefined) {
      this.#replaceIdle();
      return;
    }
    const progress = this.#parser.read(chunk);
    if (progress.kind === 'complete') this.#answer(progress.hasExcess);
    else if (progress.kind === 'malformed') this.#fail(progress.reason);
  }

  #onEnd(): void {
    if (!this.#isSent || this.#request === undefined) this.#replaceIdle();
    else if (this.#parser.hasBegun && this.#parser.finish().kind === 'complete') this.#answer(false);
    else this.#fail('connection closed');
  }

  #onClose(): void {
    const reason = this.#error === undefined ? 'connection closed' : failureReason(this.#error);
    if (this.#request === undefined || (!this.#isSent && this.#isOpen)) this.#replaceIdle();
    else this.#fail(reason);
  }

  // Nothing of a connection that ends, or speaks, unasked is used.
  #replaceIdle(): void {
    this.#drop();
    if (this.#request !== undefined) this.open();
  }

  #answer(hasExcess: boolean): void {
    const { statusCode, keepsAlive } = this.#parser;
    const location = this.#request?.wantsLocation === true ? this.#parser.field('location') : undefined;
    this.#request = undefined;
    // What is left of a request that was answered early would go out before the next one.
    if (hasExcess || !keepsAlive || (this.#socket?.writableLength ?? 0) > 0) this.#drop();
    else {
      if (this.#answers === 0) this.#mostIdleMs = mostIdleMsOf(this.#parser.field('keep-alive'));
      this.#answers += 1;
      this.#answeredMs = performance.now();
    }
    this.#events.onAnswer(statusCode, location);
  }

  #fail(reason: string): void {
    this.#request = undefined;
    this.#drop();
    this.#events.onFailure(reason);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#epoch += 1;
    this.#socket = undefined;
    this.#isOpen = false;
    this.#isLookingUp = false;
    this.#answers = 0;
    socket?.destroy();
  }
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

// `Keep-Alive: timeout=5`: a second before that, or halfway where that is sooner, the connection is not used any more.
function mostIdleMsOf(keepAlive: string | undefined): number {
  const seconds = Number(/\btimeout=(\d+)/i.exec(keepAlive ?? '')?.[1] ?? Infinity);
  return Math.max(seconds * 500, seconds * 1000 - 1000);
}
