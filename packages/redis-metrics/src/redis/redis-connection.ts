import { withTlsHint } from '@redmeter/metric-format';
import type { Redis } from 'ioredis';
import { isError, messageOf } from '../errors/error-text.js';
import { backoffMs } from '../time/backoff.js';
import { CONNECT_TIMEOUT_MS, ErrandNotBegun, newOwnClient, runErrand } from './own-client.js';
import { PreparedCommand, textsOf, type CommandArguments, type PreparedArguments } from './prepared-command.js';
import type { RedisClient } from './redis-client.js';
import type { ConnectionOptions, RedisAddress } from './redis-address.js';
import { readRedirection, type Redirection } from './redirection.js';
import type { ServerLocator } from './server-locator.js';
import { connectorTo, type Endpoint } from './unreferenced-connector.js';

/** How often a command is sent elsewhere before it counts as refused. */
const MOST_REDIRECTIONS = 5;

/** Why nothing could be sent: there is no connection, or none that Redis takes commands from. */
export class NotConnectedError extends Error {
  override readonly name = 'NotConnectedError';
}

/** A connection to Redis: the application's own client, or one made from an address. */
export class RedisConnection {
  readonly #client: RedisClient;
  readonly #own: Redis | undefined;
  readonly #options: ConnectionOptions;
  readonly #locator: ServerLocator | undefined;
  readonly #where: string;
  readonly #howToGivePassword: string;
  readonly #onReady: () => void;
  readonly #address: RedisAddress | undefined;
  #lastError: Error | undefined;
  /** Whether any server has answered. */
  #isAnswered = false;
  /** Connections that ended, or could not be made, since Redis last did what it was told. */
  #endings = 0;
  #reconnecting: NodeJS.Timeout | undefined;
  /** Whether Redis takes commands from this connection; undefined before it was asked. */
  #admission: Promise<void> | undefined;
  #isClosed = false;

  /**
   * @param onReady called whenever the connection is there, also again
   * @param locator finds the server, where the address does not say which
   */
  constructor(redis: RedisAddress | RedisClient, onReady: () => void, locator?: ServerLocator) {
    this.#onReady = onReady;
    this.#locator = locator;
    this.#address = 'display' in redis ? redis : undefined;
    this.#options = this.#address?.options ?? {};
    if ('display' in redis) {
      this.#own = newOwnClient(redis.options, locator && connectorTo(() => locator.locate()));
      this.#own.on('end', this.#reconnectLater);
      this.#client = this.#own;
      this.#where = redis.display;
      this.#howToGivePassword = howToGivePassword(redis);
    } else {
      this.#client = redis;
      this.#where = 'the Redis of the client given';
      this.#howToGivePassword = 'give them to the client';
    }
    this.#client.on('error', this.#noteError);
    this.#client.on('ready', this.#noteReady);
  }

  /**
   * Waits for the connection while it is being made, and for Redis to take commands from it.
   * @throws NotConnectedError when it cannot be made now, or Redis wants a password; Redis's error when it refuses otherwise
   */
  async ready(): Promise<void> {
    await this.#connected();
    // A client of our own is ready once Redis has taken its password.
    if (this.#own !== undefined && this.#options.password !== undefined) return;
    await (this.#admission ??= this.#askAdmission());
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
        clearTimeout(timer);
        this.#client.off('ready', settle);
        this.#client.off('close', settle);
        this.#client.off('end', settle);
        if (this.#client.status === 'ready') resolve();
        else reject(this.#notConnected());
      };
      const timer = setTimeout(settle, CONNECT_TIMEOUT_MS).unref();
      this.#client.on('ready', settle);
      this.#client.on('close', settle);
      // Without a connection there is none to close: nobody knows where the server is.
      this.#client.on('end', settle);
    });
  }

  /**
   * A Redis that wants a password answers a small command with NOAUTH, but cuts off whoever sends it a batch, which would
   * leave in doubt what is surely refused. TIME is among a writer's least privileges.
   */
  async #askAdmission(): Promise<void> {
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
   * Asks what writing does not depend on, such that a server or proxy that hangs up on it cuts off nothing else: on a connection
   * for this question. A client that was given is asked itself; not at all, for no answer, where its owner keeps it from asking INFO
   * (`enableReadyCheck: false`).
   * @throws what kept the answer away
   */
  async askAside(command: string, args: readonly string[]): Promise<unknown> {
    const locator = this.#locator;
    if (this.#own !== undefined) {
      const Connector = locator && connectorTo(() => locator.locate());
      return runErrand(this.#options, (client) => client.call(command, [...args]), CONNECT_TIMEOUT_MS, Connector);
    }
    const { enableReadyCheck, redisOptions } = this.#client.options;
    if ((redisOptions ?? { enableReadyCheck }).enableReadyCheck === false) return undefined;
    return this.send(command, args);
  }

  /** Does ahead of time what can be done of sending these. */
  prepare(...args: readonly PreparedArguments[]): void {
    if (this.#own !== undefined) for (const each of args) each.encode();
  }

  /**
   * Sends a command, and resolves to Redis's reply; never queued for later, so that nothing piles up while Redis is away. A
   * node of a cluster that sends it elsewhere has not run it.
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
        if (redirection === undefined || redirections === MOST_REDIRECTIONS) throw error;
        if (redirection.kind === 'ask') return await this.#ask(redirection.endpoint, command, args);
        await this.#move(redirection);
      }
    }
  }

  #call(command: string, args: CommandArguments): Promise<unknown> {
    // A client that was given may be of another version, and wants commands of its own.
    if (this.#own === undefined) return this.#client.call(command, textsOf(args));
    return Promise.resolve(this.#own.sendCommand(new PreparedCommand(command, args)));
  }

  /** A slot on its way: what is there no more is asked for at its new node, once, with a connection of its own. */
  async #ask(endpoint: Endpoint, command: string, args: CommandArguments): Promise<unknown> {
    try {
      return await runErrand({ ...this.#options, ...endpoint }, async (client) => {
        const [, reply] = await Promise.all([client.call('ASKING'), client.call(command, textsOf(args))]);
        return reply;
      });
    } catch (error) {
      throw error instanceof ErrandNotBegun ? this.#notConnected(error.cause) : error;
    }
  }

  /** Connects to the node that has the slot now. */
  async #move({ endpoint }: Redirection): Promise<void> {
    const own = this.#own;
    if (own === undefined) return;
    this.#locator?.redirect(endpoint);
    own.off('end', this.#reconnectLater);
    if (own.status !== 'end') {
      const ended = new Promise<void>((resolve) => void own.once('end', resolve));
      own.disconnect();
      await ended;
    }
    if (this.#isClosed) throw this.#notConnected();
    own.on('end', this.#reconnectLater);
    own.connect().catch(this.#noteError);
  }

  /** Makes the next try to connect at once, for who has no time to wait for it. */
  hurry(): void {
    if (this.#reconnecting !== undefined) this.#connectAgain();
  }

  /** Drops a connection that gives no answer, or leads to a replica; a client that was given is its owner's to mend. */
  reconnect(): void {
    this.#own?.disconnect(true);
  }

  /** Closes a connection of its own, and leaves a client that was given alone. */
  close(): void {
    this.#isClosed = true;
    this.#client.off('error', this.#noteError);
    this.#client.off('ready', this.#noteReady);
    // A client without a listener prints its errors.
    this.#own?.on('error', this.#noteError);
    clearTimeout(this.#reconnecting);
    this.#reconnecting = undefined;
    this.#own?.off('end', this.#reconnectLater);
    this.#own?.disconnect();
  }

  #connectAgain(): void {
    clearTimeout(this.#reconnecting);
    this.#reconnecting = undefined;
    this.#own?.connect().catch(this.#noteError);
  }

  #notConnected(cause: unknown = this.#lastError): NotConnectedError {
    // OpenSSL's messages end their line.
    const reason =
      cause === undefined ? `the connection is in state "${this.#client.status}"` : messageOf(cause).trim();
    const explained = this.#address === undefined || this.#isAnswered ? reason : withHint(this.#address, reason);
    // Also the answer to HELLO, with which some clients begin.
    const message = reason.startsWith('NOAUTH')
      ? `Redis wants a user and password: ${this.#howToGivePassword}`
      : `no connection to ${this.#where}: ${explained}`;
    return new NotConnectedError(message, { cause });
  }

  /**
   * A connection is no success by itself: what accepts it may hang up (a balancer without a server), or be a replica for
   * longer, and would be called again without a pause. Most cuts are short, though: the first try comes at once.
   */
  readonly #reconnectLater = (): void => {
    this.#endings += 1;
    const delayMs = this.#endings === 1 ? Math.random() * 50 : backoffMs(this.#endings - 1);
    // ioredis's own timer would keep the process running.
    this.#reconnecting = setTimeout(() => this.#connectAgain(), delayMs).unref();
  };

  readonly #noteError = (error: unknown): void => {
    if (isError(error) && error.message !== 'Connection is closed.') this.#lastError = error;
  };

  readonly #noteReady = (): void => {
    this.#lastError = undefined;
    this.#admission = undefined;
    this.#onReady();
  };
}

/**
 * Whether a client is about to end, though it still says that it is ready: what it is given now is never sent, or after QUIT, behind
 * which Redis reads nothing. ioredis notes in `manuallyClosing`, which its types hide, that `quit()` or `disconnect()` was called.
 */
function isClosing(client: RedisClient): boolean {
  return client.stream?.writable === false || ('manuallyClosing' in client && client.manuallyClosing === true);
}

/** A proxy may not know TIME, and yet bring a script to Redis; it says so, where one that refuses all says something else. */
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
