import type { Sender, SenderEvents } from '../paced-senders.js';
import { HttpConnection, type ConnectionRequest, type ConnectionSurroundings } from './http-connection.js';
import { followRedirect, MAX_REDIRECTS } from './redirect.js';
import { requestBytes, type HttpRequest } from './request-bytes.js';

/** What all senders of one HTTP load send. */
export type HttpSending = {
  readonly request: HttpRequest;
  readonly bytes: Uint8Array;
  readonly followsRedirects: boolean;
  readonly timeoutMs: number;
};

// To more origins than that nobody redirects in turns; each is a connection that stays open.
const MAX_ORIGINS = 4;

/** Sends the requests of one connection of a load, and of one more for each other origin that redirects lead to. */
export class HttpSender implements Sender {
  readonly #sending: HttpSending;
  readonly #surroundings: ConnectionSurroundings;
  readonly #events: SenderEvents;
  readonly #first: ConnectionRequest;
  readonly #home: HttpConnection;
  readonly #others = new Map<string, HttpConnection>();
  #hop: HttpRequest;
  #redirects = 0;
  #deadlineMs = 0;

  constructor(sending: HttpSending, surroundings: ConnectionSurroundings, events: SenderEvents) {
    const { request, bytes, followsRedirects } = sending;
    this.#sending = sending;
    this.#surroundings = surroundings;
    this.#events = events;
    this.#hop = request;
    this.#first = { bytes, isHead: request.method === 'HEAD', wantsLocation: followsRedirects };
    this.#home = this.#connect(request.url);
  }

  ready(): Promise<void> {
    return this.#home.opened();
  }

  prepare(): void {
    this.#home.open();
  }

  send(): void {
    const { request, timeoutMs, followsRedirects } = this.#sending;
    if (followsRedirects) {
      this.#hop = request;
      this.#redirects = 0;
      this.#deadlineMs = performance.now() + timeoutMs;
    }
    this.#home.send(this.#first, timeoutMs);
  }

  /** Gives up the request under way, which fails. */
  interrupt(): void {
    for (const connection of this.#connections()) connection.interrupt();
  }

  /** Closes its connections, for good. */
  close(): void {
    for (const connection of this.#connections()) connection.close();
  }

  #connections(): HttpConnection[] {
    return [this.#home, ...this.#others.values()];
  }

  #connect(url: URL): HttpConnection {
    return new HttpConnection(url, this.#surroundings, {
      onSent: (nowMs) => {
        if (this.#redirects === 0) this.#events.onSent(nowMs);
      },
      onAnswer: (statusCode, location) => this.#onAnswer(statusCode, location),
      onFailure: (reason) => this.#events.onEnd({ kind: 'failure', reason }),
    });
  }

  #onAnswer(statusCode: number, location: string | undefined): void {
    const step = followRedirect(this.#hop, statusCode, location);
    if (step.kind === 'none') {
      this.#events.onEnd({ kind: 'answer', statusCode });
      return;
    }
    const timeoutMs = this.#deadlineMs - performance.now();
    if (step.kind === 'failure') this.#events.onEnd(step);
    else if (this.#redirects >= MAX_REDIRECTS) this.#events.onEnd({ kind: 'failure', reason: 'too many redirects' });
    else if (timeoutMs <= 0) this.#events.onEnd({ kind: 'failure', reason: 'timeout' });
    else {
      this.#hop = step.request;
      this.#redirects += 1;
      const { url, method } = step.request;
      this.#connectionTo(url).send(
        { bytes: requestBytes(step.request), isHead: method === 'HEAD', wantsLocation: true },
        timeoutMs,
      );
    }
  }

  #connectionTo(url: URL): HttpConnection {
    if (url.origin === this.#sending.request.url.origin) return this.#home;
    const known = this.#others.get(url.origin);
    if (known !== undefined) return known;
    const [[oldest, connection] = []] = this.#others;
    if (this.#others.size >= MAX_ORIGINS && oldest !== undefined) {
      connection?.close();
      this.#others.delete(oldest);
    }
    const made = this.#connect(url);
    this.#others.set(url.origin, made);
    return made;
  }
}
