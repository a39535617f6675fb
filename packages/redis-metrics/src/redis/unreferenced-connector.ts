import { createConnection } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, type RedisOptions } from 'ioredis';

const END_TIMEOUT_MS = 2000;

type Stream = AbstractConnector['stream'];

/** A server's address. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/**
 * A connector for ioredis whose connections do not keep the process running, neither while they are made nor while they end: the socket of
 * ioredis's own connector and its timer of two seconds both do.
 */
export class UnreferencedConnector extends AbstractConnector {
  readonly #options: RedisOptions;
  /** Number of calls of connect and disconnect. */
  #attempts = 0;

  /** @param options the options of the client, including `tls` and the address of the server */
  constructor(options: unknown) {
    super(END_TIMEOUT_MS);
    this.#options = options as RedisOptions;
  }

  /** The address to connect to; undefined for the one in the client's options. */
  protected locate(): Promise<Endpoint> | undefined {
    return undefined;
  }

  override async connect(): Promise<Stream> {
    const attempt = (this.#attempts += 1);
    const { family, host, path, port, tls } = this.#options;
    const found = await this.locate();
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
    this.stream = stream.unref();
    return Promise.resolve(this.stream);
  }

  override disconnect(): void {
    this.#attempts += 1;
    const { stream } = this;
    // Undefined before the first connection.
    if ((stream as Stream | undefined) === undefined || stream.destroyed) return;
    if (stream.connecting) {
      stream.destroy();
      return;
    }
    const timer = setTimeout(() => stream.destroy(), END_TIMEOUT_MS).unref();
    stream.once('close', () => clearTimeout(timer));
    stream.end();
  }
}

/** The first error was reported already. */
function ignore(): void {
  return;
}

/** A connector class that locates the server for each connection. */
export function connectorTo(locate: () => Promise<Endpoint>): typeof UnreferencedConnector {
  return class extends UnreferencedConnector {
    protected override locate(): Promise<Endpoint> {
      return locate();
    }
  };
}
