import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { History } from './history.js';
import { Link } from './link.js';
import { encodeCommand, readTexts, RespFrames, waitFor } from '@redmeter/test-servers';

/** What Redis answered to a call of the merge script. */
export interface MergeReply {
  readonly bytes: Buffer;
  /** `applied`, `duplicate`, `gap`, … or the first word of an error: `NOSCRIPT`, `OOM`, … */
  readonly kind: string;
}

/** A call of the merge script that reached the proxy, and that the proxy keeps from going on by itself. */
export interface HeldCall {
  /** The ledger's key. */
  readonly ledger: string;
  /** The number of its batch. */
  readonly batch: number;
  /** Settled when the client is gone. */
  readonly clientGone: Promise<void>;
  /** Whether the connection to Redis still stands; without it the call can never run. */
  canRun(): boolean;
  /** Sends the call to Redis, whole. */
  send(): void;
  /** Sends a share of the call's bytes only, less than all of them. */
  sendShare(share: number): Promise<void>;
  /** Sends the call and waits for the answer, which stays here. Undefined when the server went away before it. */
  run(): Promise<MergeReply | undefined>;
  /** Hands the answer to the client, or the beginning of it. */
  deliver(bytes: Buffer): Promise<void>;
  /** Ends both connections: with a reset, or as a process ends that is through. */
  end(how: 'reset' | 'close'): void;
  /** Lets the connection go on after this call. */
  release(): void;
}

/** Changes what a client sends: for a test of the test. */
export type Rewrite = (command: readonly string[]) => readonly string[];

/** After these a server sends without being asked: as to a replica, or to a Sentinel that subscribes. */
const STREAMS = new Set(['PSYNC', 'SYNC', 'SUBSCRIBE', 'PSUBSCRIBE']);

/** An address of the proxy. */
export interface Door {
  readonly port: number;
  readonly url: string;
}

interface OpenDoor extends Door {
  targetPort: number;
  readonly server: Server;
}

/**
 * A TCP proxy before Redis that knows calls of the merge script from other commands, and their answers from others. It
 * passes one command of a connection at a time. It can have a door for each node of a cluster.
 */
export class MergeProxy {
  /** How often Redis gave each kind of answer to a merge call. */
  readonly answers = new Map<string, number>();
  /** The most calls of one ledger that had come and were not answered yet. */
  mostUnderWay = 0;
  readonly #underWay = new Map<string, number>();
  /** The last batch known to be applied, by the ledger's key. */
  readonly #noted = new Map<string, number>();
  readonly #doors: OpenDoor[] = [];
  readonly #links = new Set<Link>();
  readonly #waiting: {
    readonly isWanted: (ledger: string) => boolean;
    readonly hold: (call: HeldCall) => void;
  }[] = [];
  readonly #heldBack = new Set<number>();
  /** Changes what clients send. */
  rewrite: Rewrite;

  readonly history: History;
  #isSwallowing = false;

  private constructor(rewrite: Rewrite, history: History) {
    this.history = history;
    this.rewrite = rewrite;
  }

  /** @param targetPort where the first door leads */
  static async start(
    targetPort = 0,
    rewrite: Rewrite = (command) => command,
    history = new History(false),
  ): Promise<MergeProxy> {
    const proxy = new MergeProxy(rewrite, history);
    await proxy.open(targetPort);
    return proxy;
  }

  /** Opens another door, to another server. */
  async open(targetPort: number): Promise<Door> {
    const server = createServer((client) => this.#serve(client, door.targetPort));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const door: OpenDoor = { port, url: `redis://127.0.0.1:${port}`, targetPort, server };
    this.#doors.push(door);
    return door;
  }

  /** The first door. */
  get url(): string {
    return this.#doors[0]?.url ?? '';
  }

  /** From now on, new connections through the first door lead to this port. */
  leadTo(targetPort: number): void {
    const [first] = this.#doors;
    if (first !== undefined) first.targetPort = targetPort;
  }

  /**
   * Stops the next call of the merge script on its way to Redis.
   * @param isWanted by its ledger's key, whether it is such a call; default any
   */
  nextCall(isWanted: (ledger: string) => boolean = () => true): Promise<HeldCall> {
    return new Promise((resolve) => this.#waiting.push({ isWanted, hold: resolve }));
  }

  /** From now on, what the server at a port sends to its replicas does not reach them. */
  holdBackReplication(port: number): void {
    this.#heldBack.add(port);
    for (const link of this.#links) this.#holdBack(link);
  }

  /** Ends the connections of replicas that were held back; what was kept from them is lost. */
  loseHeldBack(port: number): void {
    for (const link of this.#links) if (link.isReplication && link.targetPort === port) link.end('close');
    this.#heldBack.delete(port);
  }

  #holdBack(link: Link): void {
    if (link.isReplication && this.#heldBack.has(link.targetPort)) link.upstream.pause();
  }

  answered(kind: string): number {
    return this.answers.get(kind) ?? 0;
  }

  /** Waits until Redis has applied so many calls more. @throws Error after 30 seconds */
  async moreApplied(calls: number): Promise<void> {
    const goal = this.answered('applied') + calls;
    await waitFor(() => this.answered('applied') >= goal, 'Redis applies more calls', 30_000);
  }

  /** Waits until Redis has applied something of so many writers. @throws Error after 30 seconds */
  async appliedOf(writers: number): Promise<void> {
    await waitFor(() => this.#noted.size >= writers, 'all writers have written', 30_000);
  }

  /** The number of the last batch that Redis said it had applied. */
  lastApplied(ledger: string): number {
    return this.#noted.get(ledger) ?? 0;
  }

  /** From now on nothing arrives in either direction; connections are made, but lead nowhere. */
  swallow(): void {
    this.#isSwallowing = true;
  }

  /** Connections lead to Redis again; those that were silent end. */
  swallowNoMore(): void {
    this.#isSwallowing = false;
    for (const link of this.#links) link.end('reset');
  }

  async stop(): Promise<void> {
    for (const link of this.#links) link.end('close');
    const closed = this.#doors.map(({ server }) => once(server.close(), 'close'));
    await Promise.all(closed);
  }

  #serve(client: Socket, targetPort: number): void {
    const link = new Link(client, targetPort);
    this.#links.add(link);
    const requests = new RespFrames();
    let turn = Promise.resolve();
    client.on('data', (chunk) => {
      if (this.#isSwallowing) return;
      if (link.isStream) {
        link.upstream.write(chunk);
        return;
      }
      for (const frame of requests.push(chunk)) {
        turn = turn.then(() => this.#pass(link, frame));
        this.#noteUnderWay(frame, Promise.race([turn, link.clientGone]));
      }
    });
    link.closed.then(
      () => this.#links.delete(link),
      () => undefined,
    );
  }

  #noteUnderWay(frame: Buffer, end: Promise<void>): void {
    const { ledger } = readMergeCall(readTexts(frame)) ?? {};
    if (ledger === undefined) return;
    const add = (calls: number): number => {
      const underWay = (this.#underWay.get(ledger) ?? 0) + calls;
      this.#underWay.set(ledger, underWay);
      return underWay;
    };
    this.mostUnderWay = Math.max(this.mostUnderWay, add(1));
    void end.then(() => add(-1));
  }

  async #pass(link: Link, frame: Buffer): Promise<void> {
    const command = readTexts(frame);
    const call = readMergeCall(command);
    const name = command[0]?.toUpperCase() ?? '';
    if (STREAMS.has(name)) {
      link.isReplication = name.endsWith('SYNC');
      link.stream(frame);
      this.#holdBack(link);
      return;
    }
    if (call === undefined) {
      const reply = await link.exchange(frame);
      if (reply !== undefined && !this.#isSwallowing) link.client.write(reply);
      return;
    }
    this.history.noteCall({ ...call, command });
    const request = encodeCommand(this.rewrite(command));
    const wanted = this.#waiting.findIndex(({ isWanted }) => isWanted(call.ledger));
    const [waiting] = wanted < 0 ? [] : this.#waiting.splice(wanted, 1);
    if (waiting !== undefined) {
      await this.#hold(link, call, request, waiting.hold);
      return;
    }
    const reply = await link.exchange(request);
    if (reply === undefined) return;
    this.#note(call, reply);
    if (!this.#isSwallowing) link.client.write(reply);
  }

  async #hold(link: Link, call: MergeCall, request: Buffer, hold: (call: HeldCall) => void): Promise<void> {
    link.isHeld = true;
    await new Promise<void>((release) => {
      hold({
        ...call,
        clientGone: link.clientGone,
        canRun: () => !link.upstream.destroyed,
        send: () => void link.upstream.write(request),
        sendShare: (share) => write(link.upstream, request.subarray(0, Math.floor((request.length - 1) * share))),
        run: async () => {
          const reply = await link.exchange(request);
          return reply && this.#note(call, reply);
        },
        deliver: (bytes) => write(link.client, bytes),
        end: (how) => {
          link.end(how);
          release();
        },
        release,
      });
    });
    link.isHeld = false;
    if (link.client.destroyed) link.end('close');
  }

  #note({ ledger, batch }: MergeCall, bytes: Buffer): MergeReply {
    const isError = bytes.toString('latin1', 0, 1) === '-';
    const kind = (isError ? /^-(\w+)/.exec(bytes.toString('utf8'))?.[1] : readTexts(bytes)[0]) ?? '';
    this.history.noteAnswer({ ledger, batch }, kind, kind === 'gap' ? Number(readTexts(bytes)[3]) : 0);
    this.answers.set(kind, this.answered(kind) + 1);
    if (kind === 'applied' || kind === 'duplicate') this.#noted.set(ledger, Math.max(batch, this.lastApplied(ledger)));
    return { bytes, kind };
  }
}

type MergeCall = Pick<HeldCall, 'ledger' | 'batch'>;

/** Reads `EVALSHA sha keys KEYS… ARGV…` by the contract of the merge script. */
function readMergeCall(command: readonly string[]): MergeCall | undefined {
  if (!/^eval(sha)?$/i.test(command[0] ?? '')) return undefined;
  const firstArgument = 3 + Number(command[2]);
  return { ledger: command[7] ?? '', batch: Number(command[firstArgument + 4]) };
}

function write(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (bytes.length === 0 || socket.destroyed) resolve();
    else socket.write(bytes, () => resolve());
  });
}
