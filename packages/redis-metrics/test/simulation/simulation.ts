import type { MergeRules } from '../reference/merge-reference.js';
import { between, seededRandom } from '../chaos/random.js';
import { Findings } from './findings.js';
import type { Plan, RemovableKey, Step } from './plan.js';
import { KEYS, SimulatedServer, type Reply, type ServerTrouble, type Twin } from './simulated-server.js';
import { SimulatedWriter } from './simulated-writer.js';
import { VirtualTime } from './virtual-time.js';

/** How a schedule is run. */
export interface SimulationOptions {
  readonly rules?: MergeRules;
  readonly twin?: Twin | undefined;
  /** Gets a line for each step and each reply. */
  readonly trace?: ((line: string) => void) | undefined;
}

const SETTLED_WITHIN_MS = 120_000;
const RETRY_MS = 500;
/** Longer than a late call takes. */
const STRAY_MS = 13_000;
const MAX_EVENTS = 20_000;
/** The timer of the schedule. */
const TIMERS_AT_REST = 1;
/** For errors, the connection being ready, and its end. */
const LISTENERS_AT_REST = 3;

/** One schedule: writers of the library, a simulated Redis, and steps that disturb them. */
export class Simulation {
  readonly plan: Plan;
  readonly time = new VirtualTime();
  readonly server: SimulatedServer;
  readonly findings: Findings;
  readonly #writers: SimulatedWriter[] = [];
  readonly #trace: ((line: string) => void) | undefined;
  /** By incarnation: the data set in which batches were missing at the last call. */
  readonly #dataWithGap = new Map<string, string>();
  #generation = 0;
  #unsettled = 0;
  #steps = 0;
  #isOver = false;

  constructor(plan: Plan, { rules, trace, twin }: SimulationOptions = {}) {
    this.plan = plan;
    this.#trace = trace;
    this.server = new SimulatedServer(this.time, rules, twin);
    this.findings = new Findings(this.server);
    if (trace !== undefined) this.server.onMerge = (args, reply) => this.#traceCall('Redis', args, reply);
    plan.writers.forEach((_connecting, i) => this.#startWriter(i));
    let healsAtMs = 0;
    for (const step of plan.steps) {
      this.time.after(step.atMs, () => this.#perform(step));
      const lasts = 'forMs' in step ? step.forMs : 'readOnlyMs' in step ? step.readOnlyMs : 0;
      healsAtMs = Math.max(healsAtMs, step.atMs + lasts + 1);
    }
    this.time.after(healsAtMs, () => this.#heal());
  }

  /** Lets the next event happen. @returns whether there is more to come; a promise of it with a twin */
  step(): boolean | Promise<boolean> {
    if (this.#isOver || this.findings.problem !== undefined) return false;
    if (this.time.happened > MAX_EVENTS) {
      this.findings.report('the writers do not come to rest');
      return false;
    }
    const happened = this.time.step();
    return typeof happened === 'boolean' ? happened : happened.then(() => true);
  }

  #startWriter(index: number): void {
    this.#generation += 1;
    const name = `w${index}${'abcdefghijklmnopqrstuvwxyz'[this.#generation % 26] ?? ''}`;
    const seed = this.plan.seed * 31 + this.#generation;
    const { sizes, writers } = this.plan;
    const options = { connecting: writers[index] ?? 'own', sizes: sizes[index] ?? {}, seed };
    const writer = new SimulatedWriter(name, this.time, this.server, options);
    writer.route.onReply = (command, texts, reply) => this.#noteReply(name, command, texts, reply);
    this.#writers[index] = writer;
    this.findings.watch(writer);
  }

  #noteReply(name: string, command: string, texts: readonly string[], reply: Reply): void {
    if (!command.startsWith('EVAL')) return;
    this.#traceCall(name, texts, reply);
    if ('error' in reply) return;
    const batch = texts[2 + Number(texts[1]) + 4] ?? '';
    const [kind, dataset = '', , detail] = reply.value as string[];
    const incarnation = (texts[6] ?? '').slice(KEYS.writer('').length);
    const dataWithGap = this.#dataWithGap.get(incarnation);
    if (kind === 'gap') this.#dataWithGap.set(incarnation, dataset);
    else this.#dataWithGap.delete(incarnation);
    if (kind === 'applied' || kind === 'duplicate') {
      if (dataWithGap !== undefined && dataWithGap !== dataset) this.findings.noteResumedElsewhere(incarnation);
      this.findings.noteAcknowledged(incarnation, Number(batch), reply);
    }
    if (detail === 'unsure') this.findings.noteUnsure(incarnation, reply.revision ?? 0);
  }

  #traceCall(where: string, texts: readonly string[], reply: Reply): void {
    if (this.#trace === undefined) return;
    const incarnation = (texts[6] ?? '').slice(KEYS.writer('').length);
    const batch = texts[2 + Number(texts[1]) + 4] ?? '';
    const shown = 'error' in reply ? reply.error : (reply.value as string[]).join(' ');
    this.#trace(`${this.#now} ${where}: batch ${batch} of ${incarnation}: ${shown}`);
  }

  get #now(): string {
    return `${String(Math.round(this.time.nowMs)).padStart(6)} ms`;
  }

  #perform(step: Step): void | Promise<void> {
    this.#trace?.(`${this.#now} ${JSON.stringify({ ...step, atMs: undefined })}`);
    // Not at each step, since it takes as long as the step.
    if ((this.#steps += 1) % 4 === 0) this.findings.checkSums();
    const writer = 'writer' in step ? this.#writers[step.writer] : undefined;
    if (writer !== undefined && !writer.isAlive) return undefined;
    const { server, time } = this;
    switch (step.kind) {
      case 'record':
        this.#unlessStopped(writer, (it) => it.increment(step.series, step.times));
        return undefined;
      case 'observe':
        this.#unlessStopped(writer, (it) => it.observe(step.times));
        return undefined;
      case 'observe sizes':
        this.#unlessStopped(writer, (it) => it.observeSizes(step.values));
        return undefined;
      case 'set gauge':
        this.#unlessStopped(writer, (it) => it.setGauge(step.value));
        return undefined;
      case 'flush':
        this.#unlessStopped(writer, (it) => void it.flush().catch(() => undefined));
        return undefined;
      case 'call lost':
        writer?.route.faults.push({ kind: 'lost', skips: step.skips });
        return undefined;
      case 'reply lost':
        writer?.route.faults.push({ kind: 'unanswered', skips: step.skips });
        return undefined;
      case 'reply late':
      case 'call late':
        writer?.route.faults.push({ kind: step.kind, byMs: step.byMs, skips: step.skips });
        return undefined;
      case 'packets swallowed':
        if (writer === undefined) return undefined;
        writer.route.isSilent = true;
        time.after(step.forMs, () => endSilence(writer));
        return undefined;
      case 'connections cut':
        this.#cutAll();
        return undefined;
      case 'server down':
        server.isUp = false;
        server.forgetScript();
        this.#cutAll();
        time.after(step.forMs, () => {
          server.isUp = true;
        });
        return this.#goBack(step.lostBatches);
      case 'failover':
        server.forgetScript();
        if (step.isCut) this.#cutAll();
        if (step.readOnlyMs > 0) this.#trouble('READONLY', step.readOnlyMs);
        return this.#goBack(step.lostBatches);
      case 'FLUSHALL':
        this.findings.noteFlushed();
        return server.flushAll();
      case 'internal key removed':
        if (step.key === 'dataset') this.findings.noteDatasetRemoved();
        return removeAll(server, keysOf(step.key, writer?.incarnation ?? ''));
      case 'series removed':
        this.findings.areSeriesWhole = false;
        return server.remove(seriesKey(step.series));
      case 'foreign key': {
        this.findings.areSeriesWhole = false;
        const key = seriesKey(step.series);
        time.after(step.forMs, () => server.remove(key));
        return server.disturb(key, step.how);
      }
      case 'OOM':
      case 'READONLY':
      case 'LOADING':
      case 'BUSY':
      case 'NOPERM':
        this.#trouble(step.kind, step.forMs);
        return undefined;
      case 'NOSCRIPT':
        server.forgetScript();
        return undefined;
      case 'clock step':
        this.findings.areSeriesWhole = false;
        server.clockOffsetMs += step.byMs;
        return undefined;
      case 'writer frozen':
        if (writer !== undefined) writer.stoppedUntilMs = time.nowMs + step.forMs;
        return undefined;
      case 'writer killed':
        writer?.kill();
        this.#startWriter(step.writer);
        return undefined;
      case 'writer closed':
        writer?.abandon();
        this.#startWriter(step.writer);
        return undefined;
      case 'slot moved': {
        const target = server.owner === 'a' ? 'b' : 'a';
        server.movingTo = target;
        time.after(step.migratesMs, () => {
          server.owner = target;
          server.movingTo = undefined;
        });
        return undefined;
      }
    }
  }

  #unlessStopped(writer: SimulatedWriter | undefined, act: (writer: SimulatedWriter) => void): void {
    if (writer !== undefined && writer.stoppedUntilMs <= this.time.nowMs) act(writer);
  }

  #cutAll(): void {
    for (const { route } of this.#writers) for (const client of route.clients) client.closeNow();
  }

  #goBack(batches: number): void | Promise<void> {
    if (batches === 0) return undefined;
    const done = this.server.goBack(batches);
    this.findings.noteBack();
    return done;
  }

  #trouble(kind: ServerTrouble, forMs: number): void {
    this.server.trouble = kind;
    this.time.after(forMs, () => {
      this.server.trouble = undefined;
    });
  }

  /** All faults are over: every writer records once more and writes all that waits. */
  #heal(): void | Promise<void> {
    this.#trace?.(`${this.#now} all faults are over`);
    const { server, time } = this;
    server.isUp = true;
    server.trouble = undefined;
    for (const writer of this.#writers) {
      writer.stoppedUntilMs = 0;
      writer.route.faults.length = 0;
      endSilence(writer);
    }
    const disturbed = this.plan.steps.flatMap((step) => (step.kind === 'foreign key' ? [seriesKey(step.series)] : []));
    for (const writer of this.#writers) {
      writer.increment(between(seededRandom(this.plan.seed), 0, 2), 1);
      this.#unsettled += 1;
      void this.#settle(writer);
    }
    time.after(SETTLED_WITHIN_MS, () => {
      if (this.#unsettled > 0)
        this.findings.report(`recordings still wait ${SETTLED_WITHIN_MS / 1000} s after all faults`);
    });
    return removeAll(server, disturbed);
  }

  async #settle(writer: SimulatedWriter): Promise<void> {
    for (;;) {
      const isWritten = await writer.flush().then(
        () => true,
        () => false,
      );
      const { counter, gauge, histogram } = writer.stats();
      if (isWritten && counter.pending + gauge.pending + histogram.pending === 0) break;
      await new Promise<void>((resolve) => void this.time.after(RETRY_MS, resolve));
    }
    this.#unsettled -= 1;
    if (this.#unsettled > 0) return;
    const hasStrays = this.plan.steps.some(({ kind }) => kind === 'call late');
    this.time.after(hasStrays ? STRAY_MS : 20, () => this.#finish());
  }

  #finish(): void | Promise<void> {
    this.#isOver = true;
    this.findings.checkEnd();
    for (const writer of this.#writers) {
      if (writer.timers > TIMERS_AT_REST) this.findings.report(`${writer.name} has ${writer.timers} timers at rest`);
      if (writer.listeners > LISTENERS_AT_REST) {
        this.findings.report(`${writer.name} has ${writer.listeners} listeners on its client at rest`);
      }
    }
    return this.server.compare();
  }
}

function endSilence({ route }: SimulatedWriter): void {
  if (!route.isSilent) return;
  route.isSilent = false;
  // The other end has given up the connection.
  for (const client of route.clients) client.closeNow();
}

async function removeKeys(server: SimulatedServer, keys: readonly string[]): Promise<void> {
  for (const key of keys) await server.remove(key);
}

function removeAll(server: SimulatedServer, keys: readonly string[]): void | Promise<void> {
  return keys.length === 0 ? undefined : removeKeys(server, keys);
}

function seriesKey(series: number): string {
  return `metrics:counter:events:kind=${series}`;
}

function keysOf(key: RemovableKey, incarnation: string): readonly string[] {
  switch (key) {
    case 'ledger and mark':
      return [KEYS.writer(incarnation), KEYS.mark(incarnation)];
    case 'ledger':
      return [KEYS.writer(incarnation)];
    case 'mark':
      return [KEYS.mark(incarnation)];
    case 'family':
      return [KEYS.family('events')];
    default:
      return [KEYS[key]];
  }
}
