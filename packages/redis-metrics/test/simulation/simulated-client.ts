import type { Endpoint } from '@redmeter/redis-connector';
import type { OwnClient, RedisClient } from '../../src/redis/redis-client.js';
import { textsOf, type CommandArguments } from '../../src/redis/prepared-command.js';
import { ReplyError } from '../reference/merge-reference.js';
import type { Reply, SimulatedServer } from './simulated-server.js';
import type { StoppedProcess, VirtualTime } from './virtual-time.js';

/** What happens to the next call of the merge script on a connection. */
export type CallFault = {
  /** Calls that pass before; the first of several faults counts. */
  skips: number;
} & CallFaultKind;

type CallFaultKind =
  /** The connection ends while the call is on its way. */
  | { readonly kind: 'lost' }
  /** The connection ends when the call has run. */
  | { readonly kind: 'unanswered' }
  /** The reply takes longer. */
  | { readonly kind: 'reply late'; readonly byMs: number }
  /** The call takes longer to arrive, even if the connection ends meanwhile. */
  | { readonly kind: 'call late'; readonly byMs: number }
  /** Nothing arrives any more, in either direction. */
  | { readonly kind: 'silence' };

/** The way between a writer and Redis. */
export interface Route {
  readonly time: VirtualTime;
  readonly server: SimulatedServer;
  readonly process: StoppedProcess;
  readonly random: () => number;
  /** Taken from the front by each call of the merge script. */
  readonly faults: CallFault[];
  /** Whether packets are swallowed, in both directions. */
  isSilent: boolean;
  readonly clients: Set<SimulatedClient>;
  /** Called when a reply arrives, before the writer sees it. */
  onReply: (command: string, texts: readonly string[], reply: Reply) => void;
}

type ClientEvent = 'ready' | 'close' | 'end' | 'error';

interface Pending {
  readonly command: string;
  readonly texts: readonly string[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  attempts: number;
}

const CONNECT_TIMEOUT_MS = 5000;
const END_TIMEOUT_MS = 2000;
const MAX_ATTEMPTS = 20;

/** A client of a simulated Redis, with the states and events of an ioredis client. */
export class SimulatedClient implements OwnClient {
  readonly #route: Route;
  readonly #locate: (() => Promise<Endpoint>) | undefined;
  /** Of the application: it connects again by itself, and sends again what was not answered. */
  readonly #isOfApplication: boolean;
  readonly isCluster = false;
  readonly options = {};
  readonly stream = { writable: true };
  status = 'wait';
  manuallyClosing = false;
  readonly #listeners = new Map<ClientEvent, ((error: Error) => void)[]>();
  #pending: Pending[] = [];
  /** The number of the connection: what belongs to an earlier one is late. */
  #connection = 0;
  #node = '';
  #isAsking = false;
  #lastArrivalMs = 0;
  #lastReplyMs = 0;
  #retries = 0;
  #settleConnect: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;

  constructor(route: Route, isOfApplication: boolean, locate?: () => Promise<Endpoint>, node = '') {
    this.#route = route;
    this.#isOfApplication = isOfApplication;
    this.#locate = locate;
    this.#node = node;
    route.clients.add(this);
  }

  get listenerTotal(): number {
    let total = 0;
    for (const listeners of this.#listeners.values()) total += listeners.length;
    return total;
  }

  on(event: ClientEvent, listener: (error: Error) => void): this {
    const known = this.#listeners.get(event);
    if (known === undefined) this.#listeners.set(event, [listener]);
    else known.push(listener);
    return this;
  }

  once(event: ClientEvent, listener: (error: Error) => void): this {
    const once = (error: Error): void => {
      this.off(event, once);
      listener(error);
    };
    return this.on(event, once);
  }

  off(event: ClientEvent, listener: (error: Error) => void): this {
    const known = this.#listeners.get(event) ?? [];
    const at = known.indexOf(listener);
    if (at >= 0) known.splice(at, 1);
    return this;
  }

  connect(): Promise<unknown> {
    if (this.status === 'connecting' || this.status === 'connect' || this.status === 'ready') {
      return Promise.reject(new Error('Redis is already connecting/connected'));
    }
    this.status = 'connecting';
    this.manuallyClosing = false;
    this.#connection += 1;
    const connection = this.#connection;
    return new Promise<void>((resolve, reject) => {
      this.#settleConnect = { resolve, reject };
      if (this.#locate === undefined) this.#open(connection);
      else {
        this.#locate().then(
          ({ host }) => {
            this.#node = host;
            this.#open(connection);
          },
          (error: unknown) => this.#fail(connection, error instanceof Error ? error : new Error(String(error))),
        );
      }
    });
  }

  #open(connection: number): void {
    const { isSilent, process, server, time } = this.#route;
    if (connection !== this.#connection) return;
    if (isSilent) {
      time.after(CONNECT_TIMEOUT_MS, () => this.#fail(connection, new Error('connect ETIMEDOUT')), process);
      return;
    }
    time.after(
      this.#latency(),
      () => {
        if (connection !== this.#connection || this.status !== 'connecting') return;
        if (!server.isUp) {
          this.#fail(connection, new Error('connect ECONNREFUSED 127.0.0.1:6379'));
          return;
        }
        this.status = 'ready';
        this.stream.writable = true;
        this.#retries = 0;
        this.#lastArrivalMs = 0;
        this.#lastReplyMs = 0;
        this.#isAsking = false;
        this.#settleConnect?.resolve();
        this.#emit('ready');
        for (const each of this.#pending) this.#transmit(each);
      },
      process,
    );
  }

  #fail(connection: number, error: Error): void {
    if (connection !== this.#connection || this.status !== 'connecting') return;
    this.#emit('error', error);
    this.#end(error);
  }

  call(command: string, args: readonly (string | number)[]): Promise<unknown> {
    return this.#send(command, args.map(String));
  }

  send(command: string, args: CommandArguments): Promise<unknown> {
    return this.#send(command, textsOf(args));
  }

  #send(command: string, texts: readonly string[]): Promise<unknown> {
    if (this.status !== 'ready' && !this.#isOfApplication) {
      return Promise.reject(new Error("Stream isn't writeable and enableOfflineQueue options is false"));
    }
    return new Promise((resolve, reject) => {
      const pending = { command, texts, resolve, reject, attempts: 0 };
      this.#pending.push(pending);
      if (this.status === 'ready') this.#transmit(pending);
    });
  }

  #transmit(pending: Pending): void {
    const { process, faults, isSilent, server, time } = this.#route;
    const connection = this.#connection;
    const isMerge = pending.command.startsWith('EVAL');
    const isAsking = this.#isAsking;
    this.#isAsking = pending.command === 'ASKING';
    const fault = isMerge && !isSilent ? nextFault(faults) : undefined;
    if (fault?.kind === 'silence') this.#route.isSilent = true;
    if (isSilent || fault?.kind === 'silence') return;
    const delayMs = this.#latency() + (fault?.kind === 'call late' ? fault.byMs : 0);
    // Commands of one connection arrive in order.
    const arrivesMs = Math.max(time.nowMs + delayMs, this.#lastArrivalMs);
    this.#lastArrivalMs = arrivesMs;
    const isStray = fault?.kind === 'call late';
    time.after(arrivesMs - time.nowMs, () => {
      if (fault?.kind === 'lost' && connection === this.#connection) {
        this.closeNow();
        return undefined;
      }
      // What is in the network arrives, even if the client has closed the connection.
      const isLate = connection !== this.#connection || this.status !== 'ready';
      if (isLate && !isStray) return undefined;
      if (!server.isUp) {
        if (connection === this.#connection) this.closeNow();
        return undefined;
      }
      const reply = server.execute(this.#node, { command: pending.command, args: pending.texts, isAsking, isLate });
      const answer = (value: Reply): void => {
        if (connection !== this.#connection) return;
        if (fault?.kind === 'unanswered') {
          this.closeNow();
          return;
        }
        const extraMs = fault?.kind === 'reply late' ? fault.byMs : 0;
        // So do replies.
        this.#lastReplyMs = Math.max(time.nowMs + this.#latency() + extraMs, this.#lastReplyMs);
        time.after(this.#lastReplyMs - time.nowMs, () => this.#receive(connection, pending, value), process);
      };
      if (reply instanceof Promise) return reply.then(answer);
      answer(reply);
      return undefined;
    });
  }

  #receive(connection: number, pending: Pending, reply: Reply): void {
    // Replies come in the order of commands: one of an earlier connection, or after silence, never comes.
    if (connection !== this.#connection || this.status !== 'ready' || this.#route.isSilent) return;
    const at = this.#pending.indexOf(pending);
    if (at < 0) return;
    this.#pending.splice(at, 1);
    this.#route.onReply(pending.command, pending.texts, reply);
    if ('error' in reply) pending.reject(new ReplyError(reply.error));
    else pending.resolve(reply.value);
  }

  disconnect(reconnect = false): void {
    if (!reconnect) this.manuallyClosing = true;
    if (this.status === 'wait' || this.status === 'end') {
      this.#end();
      return;
    }
    if (this.status === 'connecting') {
      const connection = this.#connection;
      this.#route.time.after(0, () => this.#fail(connection, new Error('Connection is closed.')), this.#route.process);
      return;
    }
    if (!this.stream.writable) return;
    this.stream.writable = false;
    const connection = this.#connection;
    // The other end answers the end of the stream, unless nothing arrives there.
    const delayMs = this.#route.isSilent ? END_TIMEOUT_MS : this.#latency();
    const end = (): void => {
      if (connection === this.#connection && this.status === 'ready') this.#end();
    };
    this.#route.time.after(delayMs, end, this.#route.process);
  }

  /** The connection ends: the process notices it when it is not stopped. */
  closeNow(): void {
    const connection = this.#connection;
    if (this.status !== 'ready') return;
    const end = (): void => {
      if (connection === this.#connection && this.status === 'ready') this.#end();
    };
    this.#route.time.after(0, end, this.#route.process);
  }

  #end(error?: Error): void {
    this.#connection += 1;
    this.stream.writable = false;
    const isReopened = this.#isOfApplication && !this.manuallyClosing;
    this.status = isReopened ? 'reconnecting' : 'end';
    this.#emit('close');
    if (!isReopened) this.#emit('end');
    this.#settleConnect?.reject(error ?? new Error('Connection is closed.'));
    this.#settleConnect = undefined;
    const isKept = (pending: Pending): boolean => isReopened && (pending.attempts += 1) <= MAX_ATTEMPTS;
    const all = this.#pending;
    this.#pending = all.filter(isKept);
    for (const pending of all) if (!this.#pending.includes(pending)) pending.reject(new Error('Connection is closed.'));
    if (!isReopened) return;
    this.#retries += 1;
    const reopen = (): void => {
      if (this.status === 'reconnecting') this.connect().catch(() => undefined);
    };
    this.#route.time.after(Math.min(this.#retries * 50, 2000), reopen, this.#route.process);
  }

  #latency(): number {
    return 1 + Math.floor(this.#route.random() * 4);
  }

  #emit(event: ClientEvent, error: Error = new Error('none')): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(error);
  }
}

/** What happens to a call: the first fault, unless this call passes before it. */
function nextFault(faults: CallFault[]): CallFault | undefined {
  const [first] = faults;
  if (first === undefined || first.skips === 0) return faults.shift();
  first.skips -= 1;
  return undefined;
}

/** The client of an application: the library may not open or close it. */
export function applicationClient(route: Route): RedisClient & { readonly listenerTotal: number } {
  const client = new SimulatedClient(route, true);
  client.connect().catch(() => undefined);
  return client;
}
