import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { readTexts, RespFrames } from '@redmeter/test-servers';
import { InjectedFault, type Fault } from './fault.js';
import { readMergeCall, type MergeCall } from './merge-call.js';
import type { CallAnswer, SentCall } from './sent-call.js';

/** Clients are kept to RESP2, which the proxy reads. */
const NO_RESP3 = '-NOPROTO unsupported protocol version\r\n';

/** A TCP proxy before Redis that records the calls of the merge script and injects faults into them. It reads RESP2. */
export class WireProxy {
  /** The calls in the order in which they came. */
  calls: SentCall[] = [];
  /** Calls that are not laid out as one: what was expected. */
  malformed: string[] = [];
  readonly #server: Server;
  readonly #redisPort: number;
  readonly #links = new Set<Link>();
  #faults: InjectedFault[] = [];
  #isDown = false;
  #connections = 0;

  private constructor(redisPort: number) {
    this.#redisPort = redisPort;
    this.#server = createServer((client) => this.#serve(client));
  }

  /** Starts a proxy to a port on loopback. */
  static async start(redisPort: number): Promise<WireProxy> {
    const proxy = new WireProxy(redisPort);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  inject(fault: Fault): InjectedFault {
    const injected = new InjectedFault(fault);
    this.#faults.push(injected);
    return injected;
  }

  /** Ends all connections; new ones may be made. */
  cutAll(): void {
    for (const link of this.#links) link.cut();
  }

  /** Ends all connections and takes no new ones, until `goUp`. */
  goDown(): void {
    this.#isDown = true;
    this.cutAll();
  }

  goUp(): void {
    this.#isDown = false;
  }

  /** Forgets faults and calls; connections stay. */
  reset(): void {
    this.#isDown = false;
    this.#faults = [];
    this.calls = [];
    this.malformed = [];
  }

  async stop(): Promise<void> {
    this.cutAll();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(client: Socket): void {
    client.on('error', () => client.destroy());
    if (this.#isDown) {
      client.destroy();
      return;
    }
    const link = new Link(client, connect(this.#redisPort, '127.0.0.1'), (this.#connections += 1));
    this.#links.add(link);
    client.once('close', () => this.#links.delete(link));
    const frames = new RespFrames();
    let turn = Promise.resolve();
    client.on('data', (chunk: Buffer) => {
      for (const frame of frames.push(chunk)) {
        const words = readTexts(frame);
        const call = readMergeCall(words);
        if (typeof call === 'string') this.malformed.push(call);
        const sent = typeof call === 'object' ? this.#note(link, call) : undefined;
        turn = turn.then(() => this.#pass(link, frame, words, sent)).catch(() => link.cut());
      }
    });
  }

  #note(link: Link, call: MergeCall): SentCall {
    const { number: connection } = link;
    const sent: SentCall = {
      ...{ call, connection, atMs: performance.now(), answer: undefined, deliveredAtMs: undefined, isCut: false },
    };
    this.calls.push(sent);
    void link.closed.then(() => {
      if (sent.deliveredAtMs === undefined) sent.isCut = true;
    });
    return sent;
  }

  async #pass(link: Link, frame: Buffer, words: readonly string[], sent: SentCall | undefined): Promise<void> {
    if (words[0]?.toUpperCase() === 'HELLO') {
      link.client.write(NO_RESP3);
      return;
    }
    if (sent === undefined) {
      const reply = await link.exchange(frame);
      if (reply !== undefined) link.client.write(reply);
      return;
    }
    const before = await this.#strike('call', sent);
    if (before === 'cut') link.cut();
    else if (before === 'silence') await link.closed;
    else if (typeof before === 'object') {
      sent.answer = { kind: 'error', text: before.error };
      this.#deliver(link, Buffer.from(`-${before.error}\r\n`), sent);
    } else {
      const reply = await link.exchange(frame);
      if (reply === undefined) return;
      sent.answer = readAnswer(reply);
      const isApplied = sent.answer.kind === 'texts' && sent.answer.texts[0] === 'applied';
      const after = isApplied ? await this.#strike('applied', sent) : 'pass';
      if (after === 'cut') link.cut();
      else if (after === 'silence') await link.closed;
      else this.#deliver(link, reply, sent);
    }
  }

  #deliver(link: Link, reply: Buffer, sent: SentCall): void {
    if (link.client.destroyed) return;
    sent.deliveredAtMs = performance.now();
    link.client.write(reply);
  }

  async #strike(at: Fault['at'], { call }: SentCall): Promise<Fault['then']> {
    const injected = this.#faults.find((each) => each.takes(at, call));
    if (injected === undefined) return 'pass';
    injected.hits += 1;
    try {
      await injected.fault.meanwhile?.();
    } catch (error) {
      injected.failure = error instanceof Error ? error : new Error(String(error));
    }
    return injected.fault.then;
  }
}

function readAnswer(reply: Buffer): CallAnswer {
  const [type, text] = [reply.toString('latin1', 0, 1), reply.toString('utf8', 1).trimEnd()];
  return type === '*' ? { kind: 'texts', texts: readTexts(reply) } : { kind: 'error', text };
}

/** A client's connection and the one to Redis that serves it. */
class Link {
  readonly client: Socket;
  readonly number: number;
  readonly closed: Promise<void>;
  readonly #upstream: Socket;
  readonly #replies: ((frame: Buffer | undefined) => void)[] = [];

  constructor(client: Socket, upstream: Socket, number: number) {
    this.client = client;
    this.number = number;
    this.#upstream = upstream;
    this.closed = new Promise((resolve) => client.once('close', () => resolve()));
    const frames = new RespFrames();
    upstream.on('error', () => this.cut());
    upstream.on('data', (chunk: Buffer) => {
      for (const frame of frames.push(chunk)) this.#replies.shift()?.(frame);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => {
      for (const settle of this.#replies.splice(0)) settle(undefined);
      client.destroy();
    });
  }

  /** Sends a command and waits for its reply; undefined when the server went away before it. */
  exchange(request: Buffer): Promise<Buffer | undefined> {
    if (this.#upstream.destroyed) return Promise.resolve(undefined);
    const reply = new Promise<Buffer | undefined>((resolve) => this.#replies.push(resolve));
    this.#upstream.write(request);
    return reply;
  }

  cut(): void {
    this.client.destroy();
    this.#upstream.destroy();
  }
}
