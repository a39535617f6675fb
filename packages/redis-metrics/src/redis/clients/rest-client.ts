import { isError } from '../../errors/error-text.js';
import { CONNECT_TIMEOUT_MS } from '@redmeter/redis-connector';
import type { RedisClient } from '../redis-client.js';
import { ReplyError } from './reply-error.js';

/** A serverless Redis, by the REST protocol of Upstash. */
export interface RestLocation {
  /** `https://…`, or `http://…` for a server of your own. */
  readonly url: string | URL;
  /** The token that may write. */
  readonly token: string;
  /** How the server sends texts: `base64` keeps bytes that are not UTF-8; `none` for servers without it. Default `base64`. */
  readonly encoding?: 'base64' | 'none';
}

/** The part of a client of `@upstash/redis` that the library uses. */
export interface UpstashClient {
  evalsha(...args: never[]): Promise<unknown>;
  eval(...args: never[]): Promise<unknown>;
}

/** An answer to a command over REST. */
interface RestAnswer {
  readonly result?: unknown;
  readonly error?: string | undefined;
}

/** What sends one command over HTTP. It may send it again by itself: the merge script counts a batch once. */
interface Requester {
  request(request: { readonly body: readonly unknown[] }): Promise<RestAnswer>;
}

/** Whether a value is a client of `@upstash/redis`. */
export function isUpstashClient(value: object): value is UpstashClient {
  const { client, evalsha } = value as { client?: Partial<Requester> | null; evalsha?: unknown };
  return typeof evalsha === 'function' && typeof client?.request === 'function';
}

/** Redis behind the REST protocol of Upstash, https://upstash.com/docs/redis/features/restapi. There is no connection to lose. */
export class RestClient implements RedisClient {
  readonly #request: Requester['request'];
  readonly status = 'ready';
  readonly isCluster = false;
  /** Without INFO, whose answer says nothing about a hosted Redis. */
  readonly options = { enableReadyCheck: false };

  readonly where: string;

  private constructor(request: Requester['request'], where: string) {
    this.#request = request;
    this.where = where;
  }

  /** Uses the application's client; its method `evalsha` would parse texts in the answer as JSON. */
  static ofUpstash(client: UpstashClient): RestClient {
    const requester = (client as unknown as { readonly client: Requester }).client;
    return new RestClient((request) => requester.request(request), 'the Redis of the given client');
  }

  /** Sends requests with `fetch`. */
  static to(location: RestLocation): RestClient {
    return new RestClient(({ body }) => post(location, body), String(location.url));
  }

  connect(): Promise<unknown> {
    return Promise.resolve();
  }

  async call(command: string, args: (string | number)[]): Promise<unknown> {
    let answer: RestAnswer;
    try {
      answer = await this.#request({ body: [command, ...args] });
    } catch (error) {
      throw isError(error) && error.name === 'UpstashError' ? errorOf(withoutCommand(error.message)) : error;
    }
    if (typeof answer.error === 'string') throw errorOf(answer.error);
    return answer.result;
  }

  on(): void {
    return undefined;
  }

  off(): void {
    return undefined;
  }
}

async function post(
  { url, token, encoding = 'base64' }: RestLocation,
  command: readonly unknown[],
): Promise<RestAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(encoding === 'base64' ? { 'upstash-encoding': 'base64' } : {}),
    },
    body: JSON.stringify(command),
    signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS),
  }).catch((error: unknown) => {
    // "fetch failed"; the cause says why.
    throw isError(error) && error.cause !== undefined ? error.cause : error;
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (typeof answer !== 'object' || answer === null || response.status >= 500) {
    throw new Error(`the REST server answered with status ${response.status}`);
  }
  const { error, result } = answer as RestAnswer;
  if (error !== undefined) return { error };
  if (!response.ok) throw new Error(`the REST server answered with status ${response.status}`);
  return { result: encoding === 'base64' ? decode(result) : result };
}

/** Texts are base64, but `OK`. */
function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode);
  return typeof value === 'string' && value !== 'OK' ? Buffer.from(value, 'base64').toString() : value;
}

/** An error reply of Redis starts with its code; other texts are those of a server between. */
function errorOf(message: string): Error {
  return /^[A-Z][A-Z0-9_]+ /.test(message) ? new ReplyError(message) : new Error(message);
}

/** `@upstash/redis` adds the command, which may have a thousand arguments. */
function withoutCommand(message: string): string {
  return message.replace(/, command was: [^]*$/, '');
}
