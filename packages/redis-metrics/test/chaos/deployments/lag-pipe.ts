import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP pipe that can keep back what the server sends: replication through it lags, and what lags can be lost. */
export class LagPipe {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #upstreams = new Set<Socket>();

  private constructor(targetPort: number) {
    this.#server = createServer((client) => {
      const upstream = connect(targetPort, '127.0.0.1');
      this.#upstreams.add(upstream);
      for (const socket of [client, upstream]) {
        this.#sockets.add(socket);
        // One end's end is the other's.
        socket.on('error', () => socket.destroy());
        socket.on('close', () => {
          client.destroy();
          upstream.destroy();
        });
      }
      client.pipe(upstream);
      upstream.on('data', (chunk) => client.write(chunk));
    });
  }

  static async start(targetPort: number): Promise<LagPipe> {
    const pipe = new LagPipe(targetPort);
    pipe.#server.listen(0, '127.0.0.1');
    await once(pipe.#server, 'listening');
    return pipe;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on nothing of what the server sends arrives. */
  holdBack(): void {
    for (const upstream of this.#upstreams) upstream.pause();
  }

  /** Ends the pipe, and loses what it kept back. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
