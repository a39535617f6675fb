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
 * Makes ioredis's connections such that they keep no process running, neither while they are made nor while they end:
 * ioredis's own connector has both a socket and a timer of two seconds that do.
 */
export class UnreferencedConnector extends AbstractConnector {
  readonly #options: RedisOptions;
  /** Attempts to connect, and to disconnect. */
  #attempts = 0;

  /** @param options the client's, `tls` and where the server is among them */
  constructor(options: unknown) {
    super(END_TIMEOUT_MS);
    this.#options = options as RedisOptions;
  }

  /** Where to connect to: what the client's options say, unless it is to be found out. */
  protected locate(): Promise<Endpoint> | undefined {
    return undefined;
  }

  override async connect(): Promise<Stream> {
    const attempt = (this.#attempts += 1);
    const { family, host, path, port, tls } = this.#options;
    const found = await this.locate();
    // Disconnected meanwhile, when there was no stream yet to end.
    if (attempt !== this.#attempts) throw new Error('Connection is closed.');
    const where = found ?? (path ? { path } : { host, port: port ?? 6379, family });
    // A stream that fails at once must find its listeners, which are there when this promise is fulfilled.
    const stream = tls === undefined ? createConnection(where) : connectTls({ ...where, ...tls });
    stream.once('error', (error: Error) => {
      this.firstError = error;
    });
    // A TLS socket may fail twice, as when the server ends it while we write. ioredis listens to the first error alone, and
    // one without a listener ends the process (measured, with a server that wants a client's certificate).
    stream.on('error', ignore);
    this.stream = stream.unref();
    return Promise.resolve(this.stream);
  }

  override disconnect(): void {
    this.#attempts += 1;
    const { stream } = this;
    // Before the first connection there is none.
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

/** The first error said what there was to say. */
function ignore(): void {
  return;
}

/** Such a connector that finds out anew where to connect to, each time. */
export function connectorTo(locate: () => Promise<Endpoint>): typeof UnreferencedConnector {
  return class extends UnreferencedConnector {
    protected override locate(): Promise<Endpoint> {
      return locate();
    }
  };
}
