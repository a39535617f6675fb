import {
  CONNECT_TIMEOUT_MS,
  ConnectFailedError,
  withTemporaryClient,
  withTlsHint,
  type ClientTask,
  type ConnectionOptions,
  type Endpoint,
} from '@redmeter/redis-connector';
import { isError, messageOf } from '../errors/error-text.js';
import { backoffMs } from '../time/backoff.js';
import { newOwnClient } from './own-client.js';
import { textsOf, type CommandArguments, type PreparedArguments } from './prepared-command.js';
import type { OpenClient, OwnClient, RedisClient } from './redis-client.js';
import type { RedisAddress } from './redis-address.js';
import { readRedirection, type Redirection } from './redirection.js';
import type { ServerLocator } from './server-locator.js';
import { processRuntime, type Runtime, type StopTimer } from '../time/runtime.js';

/** How many redirections a command follows before it fails. */
const MAX_REDIRECTIONS = 5;

/** Nothing could be sent: there is no connection, or Redis does not accept commands from it. */
export class NotConnectedError extends Error {
  override readonly name = 'NotConnectedError';
}

/** Parts of a connection that have defaults. */
export interface RedisConnectionParts {
  /** Finds the server, when the address does not name it. */
  readonly locator?: ServerLocator;
  readonly openClient?: OpenClient;
  readonly runtime?: Pick<Runtime, 'after' | 'random'>;
}

/** A connection to Redis: the application's own client, or one made from an address. */
export class RedisConnection {
  readonly #client: RedisClient;
  readonly #own: OwnClient | undefined;
  readonly #openClient: OpenClient;
  readonly #runtime: Pick<Runtime, 'after' | 'random'>;
  readonly #options: ConnectionOptions;
  readonly #locator: ServerLocator | undefined;
  readonly #locate: (() => Promise<Endpoint>) | undefined;
  readonly #where: string;
  readonly #howToGivePassword: string;
  readonly #onReady: () => void;
  readonly #address: RedisAddress | undefined;
  #lastError: Error | undefined;
  /** Whether any server has answered. */
  #isAnswered = false;
  /** Connections that ended or failed since the last command that succeeded. */
  #endings = 0;
  #reconnecting: StopTimer | undefined;
  /** Connections that became ready. */
  #connections = 0;
  /** Whether Redis accepts commands on this connection; undefined until it is checked. */
  #admission: Promise<void> | undefined;
  #isClosed = false;

  /** @param onReady called each time the connection is ready */
  constructor(
    redis: RedisAddress | RedisClient,
    onReady: () => void,
    { locator, openClient = newOwnClient, runtime = processRuntime }: RedisConnectionParts = {},
  ) {
    this.#onReady = onReady;
    this.#openClient = openClient;
    this.#runtime = runtime;
    this.#locator = locator;
    this.#locate = locator && (() => locator.locate());
    this.#address = 'display' in redis ? redis : undefined;
    this.#options = this.#address?.options ?? {};
    if ('display' in redis) {
      this.#own = openClient(redis.options, this.#locate);
      this.#own.on('end', this.#reconnectLater);
      this.#client = this.#own;
      this.#where = redis.display;
      this.#howToGivePassword = howToGivePassword(redis);
    } else {
      this.#client = redis;
      this.#where = redis.where ?? 'the Redis of the given client';
      this.#howToGivePassword = 'pass them to the client';
    }
    this.#client.on('error', this.#noteError);
    this.#client.on('ready', this.#noteReady);
  }

  /**
   * Waits until the connection is made and Redis accepts commands on it.
   * @throws NotConnectedError when it cannot be made now, or Redis requires a password; Redis's error when it refuses for another reason
   */
  async ready(): Promise<void> {
    await this.#connected();
    // The library's own client is ready only after Redis has accepted its password.
    if (this.#own !== undefined && this.#options.password !== undefined) return;
    await (this.#admission ??= this.#checkAdmission());
  }

  async #connected(): Promise<void> {
    if (this.#client.status === 'ready') return;
    if (this.#client.status === 'wait') {
      this.#client.connect().catch(this.#noteError);
    } else if (this.#client.status !== 'connecting' && this.#client.status !== 'connect') {
      throw this.#notConnected();
    }
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        stopTimer();
        this.#client.off('ready', settle);
        this.#client.off('close', settle);
        this.#client.off('end', settle);
        if (this.#client.status === 'ready') resolve();
        else reject(this.#notConnected());
      };
      const stopTimer = this.#runtime.after(CONNECT_TIMEOUT_MS, settle);
      this.#client.on('ready', settle);
      this.#client.on('close', settle);
      // When the server could not be located, there is no connection, and so no `close`.
      this.#client.on('end', settle);
    });
  }

  /**
   * A Redis that requires a password replies NOAUTH to a small command, but closes the connection on a large batch, whose outcome would
   * then be unknown. TIME is among the minimum privileges of a writer.
   */
  async #checkAdmission(): Promise<void> {
    try {
      await this.#client.call('TIME', []);
    } catch (error) {
      if (isError(error) && isWithoutTime(error)) return;
      this.#admission = undefined;
      const isRefused = isError(error) && error.name === 'ReplyError' && !error.message.startsWith('NOAUTH');
      throw isRefused ? error : this.#notConnected(error);
    }
  }

  /**
   * Sends a command that writing does not depend on, over a temporary connection, so that a server or proxy that closes it interrupts
   * nothing else. The application's own client sends it itself, or returns undefined if it is not to call INFO
   * (`enableReadyCheck: false`).
   * @throws the error that prevented a reply
   */
  async querySeparately(command: string, args: readonly string[]): Promise<unknown> {
    if (this.#own !== undefined) {
      return withTemporaryClient(this.#options, (client) => client.call(command, [...args]), {
        locate: this.#locate,
        openClient: this.#openClient,
        after: this.#runtime.after,
      });
    }
    const { enableReadyCheck, redisOptions } = this.#client.options;
    if ((redisOptions ?? { enableReadyCheck }).enableReadyCheck === false) return undefined;
    return this.send(command, args);
  }

  /** Encodes arguments ahead of time. */
  prepare(...args: readonly PreparedArguments[]): void {
    if (this.#own !== undefined) for (const each of args) each.encode();
  }

  /**
   * Sends a command and resolves to the reply. It is never queued, so that nothing accumulates while Redis is down. Redirections of a
   * cluster are followed; a node that redirects a command has not run it.
   */
  async send(command: string, args: CommandArguments): Promise<unknown> {
    for (let redirections = 0; ; redirections += 1) {
      await this.ready();
      if (isClosing(this.#client)) throw this.#notConnected(new Error('the client was closed'));
      try {
        const reply = await this.#call(command, args);
        this.#endings = 0;
        this.#isAnswered = true;
        return reply;
      } catch (error) {
        const isReply = isError(error) && error.name === 'ReplyError';
        if (isReply) this.#isAnswered = true;
        if (isReply && !error.message.startsWith('READONLY')) this.#endings = 0;
        const redirection = this.#locator === undefined ? undefined : readRedirection(error);
        if (redirection === undefined || redirections === MAX_REDIRECTIONS) throw error;
        if (redirection.kind === 'ask') return await this.#ask(redirection.endpoint, command, args);
        await this.#move(redirection);
      }
    }
  }

  #call(command: string, args: CommandArguments): Promise<unknown> {
    // The application's client may be of another version of ioredis, with its own Command class.
    if (this.#own === undefined) return this.#client.call(command, textsOf(args));
    return this.#own.send(command, args);
  }

  /** For a migrating slot: sends the command once to its new node, over a temporary connection. */
  async #ask(endpoint: Endpoint, command: string, args: CommandArguments): Promise<unknown> {
    try {
      const askAndCall: ClientTask<unknown> = async (client) => {
        const [, reply] = await Promise.all([client.call('ASKING', []), client.call(command, textsOf(args))]);
        return reply;
      };
      return await withTemporaryClient({ ...this.#options, ...endpoint }, askAndCall, {
        openClient: this.#openClient,
        after: this.#runtime.after,
      });
    } catch (error) {
      throw error instanceof ConnectFailedError ? this.#notConnected(error.cause) : error;
    }
  }

  /** Connects to the node that serves the slot now. */
  async #move({ endpoint }: Redirection): Promise<void> {
    const own = this.#own;
    if (own === undefined) return;
    this.#locator?.redirect?.(endpoint);
    own.off('end', this.#reconnectLater);
    if (own.status !== 'end') {
      const ended = new Promise<void>((resolve) => void own.once('end', () => resolve()));
      own.disconnect();
      await ended;
    }
    if (this.#isClosed) throw this.#notConnected();
    own.on('end', this.#reconnectLater);
    own.connect().catch(this.#noteError);
  }

  /** How many connections there were: see `mayHaveSentAgain`. */
  get connections(): number {
    return this.#connections;
  }

  /**
   * Whether a command that was sent when there were so many connections may have been sent more than once. The application's client sends
   * again by itself what a broken connection left without a reply; that of a cluster does not tell when.
   */
  mayHaveSentAgain(connections: number): boolean {
    return this.#own === undefined && (this.#client.isCluster || this.#connections !== connections);
  }

  /** Tries to connect now instead of after the backoff. */
  reconnectNow(): void {
    if (this.#reconnecting !== undefined) this.#connectAgain();
  }

  /** Closes a connection that does not reply or leads to a replica, and reconnects; not for the application's own client. */
  reconnect(): void {
    this.#own?.disconnect(true);
  }

  /** Closes the connection, unless the client is the application's own. */
  close(): void {
    this.#isClosed = true;
    this.#client.off('error', this.#noteError);
    this.#client.off('ready', this.#noteReady);
    // A client without a listener prints its errors.
    this.#own?.on('error', this.#noteError);
    this.#reconnecting?.();
    this.#reconnecting = undefined;
    this.#own?.off('end', this.#reconnectLater);
    this.#own?.disconnect();
  }

  #connectAgain(): void {
    this.#reconnecting?.();
    this.#reconnecting = undefined;
    this.#own?.connect().catch(this.#noteError);
  }

  #notConnected(cause: unknown = this.#lastError): NotConnectedError {
    // OpenSSL's messages end their line.
    const reason =
      cause === undefined ? `the connection is in state "${this.#client.status}"` : messageOf(cause).trim();
    const explained = this.#address === undefined || this.#isAnswered ? reason : withHint(this.#address, reason);
    // Also the reply to HELLO, which some clients send first.
    const message = reason.startsWith('NOAUTH')
      ? `Redis requires a user and password: ${this.#howToGivePassword}`
      : `no connection to ${this.#where}: ${explained}`;
    return new NotConnectedError(message, { cause });
  }

  /**
   * A connection alone is not a success: it may be closed again (a load balancer without a server) or lead to a replica, so the backoff
   * must grow. Most interruptions are short, though, so the first retry is almost immediate.
   */
  readonly #reconnectLater = (): void => {
    this.#endings += 1;
    const { random } = this.#runtime;
    const delayMs = this.#endings === 1 ? random() * 50 : backoffMs(this.#endings - 1, random);
    // The timer of ioredis would keep the process running.
    this.#reconnecting = this.#runtime.after(delayMs, () => this.#connectAgain());
  };

  readonly #noteError = (error: unknown): void => {
    if (isError(error) && error.message !== 'Connection is closed.') this.#lastError = error;
  };

  readonly #noteReady = (): void => {
    this.#connections += 1;
    this.#lastError = undefined;
    this.#admission = undefined;
    this.#onReady();
  };
}

/**
 * Whether a client is closing although its status is still ready: a command is then never sent, or sent after QUIT and ignored by Redis.
 * ioredis sets `manuallyClosing`, which its types omit, in `quit()` and `disconnect()`.
 */
function isClosing(client: RedisClient): boolean {
  return client.stream?.writable === false || ('manuallyClosing' in client && client.manuallyClosing === true);
}

/** A proxy may reject TIME as unknown and still support scripts; an error that concerns all commands is different. */
function isWithoutTime({ message, name }: Error): boolean {
  return name === 'ReplyError' && /^ERR (?!max number of clients)/i.test(message);
}

function withHint({ discovery, options }: RedisAddress, reason: string): string {
  // A socket in the file system has no TLS.
  if (options.path !== undefined) return reason;
  const isTls = options.tls !== undefined;
  if (discovery?.kind !== 'sentinel') return withTlsHint(reason, isTls);
  return withTlsHint(reason, isTls, { useTls: 'give tls, such as {}', useNoTls: 'leave out tls' });
}

function howToGivePassword({ display, discovery }: RedisAddress): string {
  if (discovery?.kind === 'sentinel') return 'give username and password beside the name of the master';
  if (discovery?.kind === 'cluster') return 'give redis://user:password@… in the addresses of the nodes';
  // A URL with a user has a host too.
  return display.replace(/:\/\/(\/)?/, (_all, root: string | undefined) =>
    root === undefined ? '://user:password@' : '://user:password@localhost/',
  );
}
