import { connect, type Socket } from 'node:net';
import { RespFrames } from '@redmeter/test-servers';

/** A client's connection and the one to Redis that serves it. */
export class Link {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly clientGone: Promise<void>;
  /** Settled when both ends are gone. */
  readonly closed: Promise<unknown>;
  /** While a call is held, the way to Redis outlives the client: so a request can come late. */
  isHeld = false;
  /** Whether a replica follows its master here. */
  isReplication = false;
  readonly targetPort: number;
  readonly #replies: ((frame: Buffer | undefined) => void)[] = [];
  #isStream = false;

  constructor(client: Socket, targetPort: number) {
    this.client = client;
    this.targetPort = targetPort;
    const upstream = connect(targetPort, '127.0.0.1');
    this.upstream = upstream;
    this.clientGone = closing(client);
    const upstreamGone = closing(upstream);
    this.closed = Promise.all([this.clientGone, upstreamGone]);
    const frames = new RespFrames();
    upstream.on('data', (chunk) => {
      if (this.#isStream) client.write(chunk);
      else for (const frame of frames.push(chunk)) this.#replies.shift()?.(frame);
    });
    client.on('close', () => {
      if (!this.isHeld) upstream.destroy();
    });
    upstream.on('close', () => {
      for (const settle of this.#replies.splice(0)) settle(undefined);
      client.destroy();
    });
  }

  /** Sends a command and waits for its reply; undefined when the server went away before it. */
  exchange(request: Buffer): Promise<Buffer | undefined> {
    if (this.upstream.destroyed) return Promise.resolve(undefined);
    const reply = new Promise<Buffer | undefined>((resolve) => this.#replies.push(resolve));
    this.upstream.write(request);
    return reply;
  }

  /** Sends a command whose reply has no end; from now on each end sends when it likes. */
  stream(request: Buffer): void {
    this.#isStream = true;
    this.upstream.write(request);
  }

  get isStream(): boolean {
    return this.#isStream;
  }

  end(how: 'reset' | 'close'): void {
    for (const socket of [this.client, this.upstream]) {
      if (how === 'reset' && !socket.connecting) socket.resetAndDestroy();
      else socket.destroy();
    }
  }
}

function closing(socket: Socket): Promise<void> {
  // A connection that breaks is an error to one end or the other; that is the point.
  socket.on('error', () => socket.destroy());
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
