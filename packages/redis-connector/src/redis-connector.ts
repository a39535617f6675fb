import { createConnection } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { AbstractConnector, type RedisOptions } from 'ioredis';

/** Milliseconds that a connection may take to end, unless the client's `disconnectTimeout` says otherwise. */
const END_TIMEOUT_MS = 2000;

type Stream = AbstractConnector['stream'];
type EmitError = (type: string, error: Error) => void;

/** A server's address. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** How a connector finds its server, and what its connections do to the process. */
export interface ConnectorOptions {
  /** Finds the server of each connection, for a client whose options do not name it; throws the reason why it is unknown now. */
  readonly locate?: (() => Promise<Endpoint>) | undefined;
  /**
   * Milliseconds until `locate` is called again after its n-th failure in a row, from 1; the client emits `error` for each.
   * Without it the client ends at the first failure.
   */
  readonly retryDelayMs?: (failures: number) => number;
  /** Whether a connection keeps the process running while it is made and open; default false. */
  readonly keepsProcessRunning?: boolean;
}

/**
 * A connector for ioredis. Its connections survive a second error of their socket, and end without keeping the process running, as the
 * timer of ioredis's own connector does for two seconds.
 */
class RedisConnector extends AbstractConnector {
  readonly #options: RedisOptions;
  /** Number of calls of connect and disconnect. */
  #attempts = 0;

  /** @param options the options of the client, including `tls` and the address of the server */
  constructor(options: unknown) {
    super(END_TIMEOUT_MS);
    this.#options = options as RedisOptions;
  }

  protected get connectorOptions(): ConnectorOptions {
    return {};
  }

  /** Whether INFO describes the server that was looked for: never a replica where Sentinels name the master. */
  override check({ role = 'master' }: { readonly role?: string }): boolean {
    return this.connectorOptions.locate === undefined || role === 'master';
  }

  override async connect(emitError: EmitError): Promise<Stream> {
    const attempt = (this.#attempts += 1);
    const { family, host, path, port, tls } = this.#options;
    const found = await this.#locate(attempt, emitError);
    // disconnect() was called meanwhile, before there was a stream to end.
    if (attempt !== this.#attempts) throw new Error('Connection is closed.');
    const where = found ?? (path ? { path } : { host, port: port ?? 6379, family });
    // ioredis adds its listeners when this promise is fulfilled; the stream must not fail before.
    const stream = tls === undefined ? createConnection(where) : connectTls({ ...where, ...tls });
    stream.once('error', (error: Error) => {
      this.firstError = error;
    });
    // A TLS socket may emit two errors, as when the server closes it during a write. ioredis listens only to the first, and an unhandled
    // one ends the process (measured, with a server that requires a client certificate).
    stream.on('error', ignore);
    this.stream = stream;
    if (this.connectorOptions.keepsProcessRunning !== true) stream.unref();
    return stream;
  }

  override disconnect(): void {
    this.#attempts += 1;
    const { stream } = this;
    // Undefined before the first connection.
    if ((stream as Stream | undefined) === undefined || stream.destroyed) return;
    const timeoutMs = this.#options.disconnectTimeout ?? END_TIMEOUT_MS;
    if (stream.connecting || timeoutMs === 0) {
      stream.destroy();
      return;
    }
    const timer = setTimeout(() => stream.destroy(), timeoutMs).unref();
    stream.once('close', () => clearTimeout(timer));
    stream.end();
  }

  async #locate(attempt: number, emitError: EmitError): Promise<Endpoint | undefined> {
    const { locate, retryDelayMs } = this.connectorOptions;
    for (let failures = 1; ; failures += 1) {
      try {
        return await locate?.();
      } catch (error) {
        if (retryDelayMs === undefined || attempt !== this.#attempts) throw error;
        emitError('error', error as Error);
        await delay(retryDelayMs(failures), undefined, { ref: false });
        if (attempt !== this.#attempts) throw error;
      }
    }
  }
}

/** The first error was reported already. */
function ignore(): void {
  return;
}

/** The connector class of a client, for its option `Connector`. */
export function connectorClass(options: ConnectorOptions = {}): typeof RedisConnector {
  return class extends RedisConnector {
    protected override get connectorOptions(): ConnectorOptions {
      return options;
    }
  };
}
