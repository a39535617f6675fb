import type { MetricsStats } from '../../src/service/stats.js';
import {
  latestOf,
  type Application,
  type ContainedBatch,
  type Reply,
  type SimulatedServer,
} from './simulated-server.js';
import type { SimulatedWriter } from './simulated-writer.js';
import { problemOfSizes, problemOfWritten, SIZES_KEY } from './sizes.js';

/** What the documentation admits of a writer (docs/delivery.md, Limits). */
interface Admitted {
  /** Ledger and mark were removed: what Redis holds may count as lost, or be in doubt. */
  isUnsure: boolean;
  /** Data have gone back since the last answer: the revision in it may be higher than that of the data. */
  isBehind: boolean;
  /** Ledger and mark were removed with more of them, in a call that began a ledger, or after data went back. */
  mayCountTwice: boolean;
  /** A late request was the first call to reach new data: what was acknowledged may be written to them. */
  hasLateStart: boolean;
  /** It resumed in data of another line than those that told it after which batch: `flushed` may be too high. */
  resumedElsewhere: boolean;
}

const TYPES = ['counter', 'gauge', 'histogram'] as const;
/** What may be dropped because of the keys of series. */
const REFUSALS = new Set(['wrong_redis_type', 'unreadable_value']);

/** Compares what Redis holds with what the writers recorded and report. Keeps the first thing that is wrong. */
export class Findings {
  readonly #server: SimulatedServer;
  readonly #writers: SimulatedWriter[] = [];
  readonly #admitted = new Map<string, Admitted>();
  /** Batches whose acknowledgement the writer has received, as they were in the data then. */
  readonly #acknowledged = new Map<string, ContainedBatch | undefined>();
  /** The revision that each writer was told last. */
  readonly #revisions = new Map<string, number>();
  /** Of these, those that FLUSHALL removed. */
  readonly #flushed = new Set<string>();
  /** Whether no series was removed, replaced or expired. */
  areSeriesWhole = true;
  #mayLose = false;
  /** Whether data came back after all had been lost: what counts as lost may be there again. */
  #hasComeBack = false;
  problem: string | undefined;

  constructor(server: SimulatedServer) {
    this.#server = server;
    server.onApplied = (batch, how) => this.#noteApplied(batch, how);
  }

  watch(writer: SimulatedWriter): void {
    this.#writers.push(writer);
  }

  report(problem: string): void {
    this.problem ??= problem;
  }

  /** `reply` is an acknowledgement of the batch. */
  noteAcknowledged(incarnation: string, number: number, reply: Reply): void {
    if ('error' in reply) return;
    const { contained, revision = 0, rewinds } = reply;
    this.#acknowledged.set(`${incarnation}#${number}`, contained);
    this.#revisions.set(incarnation, revision);
    // A reply on its way while data go back is of those before.
    if (rewinds === this.#server.rewinds) this.#admittedOf(incarnation).isBehind = false;
  }

  /** A batch was applied in other data than those in which batches were missing before it. */
  noteResumedElsewhere(incarnation: string): void {
    this.#admittedOf(incarnation).resumedElsewhere = true;
  }

  /** Redis has neither ledger nor mark, and cannot say whether the data are gone, although the revision may have fallen. */
  noteUnsure(incarnation: string, revision: number): void {
    const told = this.#revisions.get(incarnation) ?? 0;
    if (revision > 0 && revision < told)
      this.report(`${incarnation} was told revision ${told}, and ${revision} is unsure`);
    this.#admittedOf(incarnation).isUnsure = true;
  }

  /** The record of the data set is removed: where nothing else of a writer is left, all may be gone. */
  noteDatasetRemoved(): void {
    this.#mayLose = true;
  }

  /** The data are about to be removed. */
  noteFlushed(): void {
    this.#mayLose = true;
    for (const { incarnation, number } of this.#contained()) {
      const id = `${incarnation}#${number}`;
      if (this.#acknowledged.has(id)) this.#flushed.add(id);
    }
  }

  /** The data have gone back. */
  noteBack(): void {
    for (const { incarnation } of this.#writers) this.#admittedOf(incarnation).isBehind = true;
    // Whether a writer noticed the removal before is not known here.
    this.#flushed.clear();
    if (this.#server.contained === undefined) this.#mayLose = true;
    else if (this.#mayLose) this.#hasComeBack = true;
  }

  #noteApplied(batch: ContainedBatch, { hadLiveSeries, isLateStart, removed }: Application): void {
    const { incarnation, number } = batch;
    const admitted = this.#admittedOf(incarnation);
    admitted.hasLateStart ||= isLateStart;
    const earlier = latestOf(batch.before, incarnation, number);
    if (removed.has('ledger') && removed.has('mark')) {
      // Its call began a ledger, and has no answer; or it was sent again, and the first request arrives now.
      const isOpening = earlier?.began === true && (isLateStart || !this.#acknowledged.has(`${incarnation}#${number}`));
      const isUnnoticed = removed.has('revision') && (removed.has('live') || !hadLiveSeries);
      if (isOpening || isUnnoticed || admitted.isBehind) admitted.mayCountTwice = true;
      admitted.isUnsure = true;
    }
    if (admitted.mayCountTwice) return;
    // What was refused the first time counts once.
    if (earlier !== undefined && earlier.counted + earlier.observed > 0) {
      this.report(`batch ${number} of ${incarnation} counts twice`);
    }
    if (this.#flushed.has(`${incarnation}#${number}`) && !admitted.hasLateStart) {
      this.report(`batch ${number} of ${incarnation} was acknowledged, removed by FLUSHALL and is written again`);
    }
  }

  /** Whether the statistics of each writer add up. */
  checkSums(): void {
    for (const writer of this.#writers) {
      const stats = writer.stats();
      for (const type of TYPES) {
        const { dropped, flushed, pending, recorded } = stats[type];
        let sum = flushed + pending;
        for (const recordings of Object.values(dropped)) sum += recordings;
        if (type === 'gauge') sum += stats.gauge.coalesced;
        if (sum !== recorded || flushed < 0 || pending < 0) {
          this.report(`${writer.name}: stats() of ${type} do not add up: ${JSON.stringify(stats[type])}`);
        }
      }
    }
  }

  /** When all is written: what Redis holds is what the writers say. */
  checkEnd(): void {
    this.checkSums();
    for (const writer of this.#writers) if (writer.isAlive) this.#checkWriter(writer);
    if (!this.areSeriesWhole) return;
    let contained = 0;
    for (const { counted } of this.#contained()) contained += counted;
    let held = 0;
    for (const [, value] of this.#server.store.values()) if (value.kind === 'counter') held += value.value;
    if (held !== contained) this.report(`the batches in Redis have ${contained} increments, its counters ${held}`);
    this.#checkSizes();
  }

  #checkWriter(writer: SimulatedWriter): void {
    const stats = writer.stats();
    const admitted = this.#admittedOf(writer.incarnation);
    const held = { counter: 0, histogram: 0 };
    const seen = new Set<number>();
    const own: ContainedBatch[] = [];
    for (const batch of this.#contained()) {
      if (batch.incarnation !== writer.incarnation || (seen.has(batch.number) && !admitted.mayCountTwice)) continue;
      seen.add(batch.number);
      // The data may be others in which the same batch was refused, or was not: the writer counts by the last answer.
      const { counted, observed } = this.#acknowledged.get(`${batch.incarnation}#${batch.number}`) ?? batch;
      held.counter += counted;
      held.histogram += observed;
      own.push(batch);
    }
    const mayDiffer = admitted.isUnsure || admitted.resumedElsewhere || this.#hasComeBack;
    if (!mayDiffer && Object.keys(stats.histogram.dropped).length === 0) {
      const problem = problemOfWritten(writer.sizes, own);
      if (problem !== undefined) this.report(`${writer.name}: ${problem}`);
    }
    for (const type of ['counter', 'histogram'] as const) {
      const { dropped, flushed } = stats[type];
      const unsure = (dropped.lost ?? 0) + (dropped.in_doubt ?? 0);
      const isExact = mayDiffer
        ? (flushed <= held[type] || admitted.resumedElsewhere) &&
          (held[type] <= flushed + unsure || admitted.mayCountTwice)
        : flushed === held[type];
      if (!isExact) this.#reportStats(writer, type, stats, `Redis holds ${held[type]}`);
      if (unsure > 0 && !admitted.isUnsure && !(this.#mayLose && dropped.in_doubt === undefined)) {
        this.#reportStats(writer, type, stats, 'no fault loses recordings for good');
      }
      for (const reason of Object.keys(dropped)) {
        const isAdmitted = reason === 'lost' || reason === 'in_doubt' || (REFUSALS.has(reason) && !this.areSeriesWhole);
        if (!isAdmitted) this.#reportStats(writer, type, stats, `no fault drops as ${reason}`);
      }
    }
  }

  /** Whether the histogram of sizes has what its batches have, and these have what the writers observed. */
  #checkSizes(): void {
    const stored = this.#server.store.get(SIZES_KEY, this.#server.nowMs);
    const batches = [...this.#contained()].reverse();
    const problem = problemOfSizes(stored?.kind === 'histogram' ? stored : undefined, batches);
    if (problem !== undefined) this.report(problem);
  }

  #reportStats(writer: SimulatedWriter, type: 'counter' | 'histogram', stats: MetricsStats, what: string): void {
    this.report(`${writer.name}: ${type}: ${what}, stats() ${JSON.stringify(stats[type])}`);
  }

  #admittedOf(incarnation: string): Admitted {
    let admitted = this.#admitted.get(incarnation);
    if (admitted === undefined) {
      admitted = {
        isUnsure: false,
        mayCountTwice: false,
        hasLateStart: false,
        isBehind: false,
        resumedElsewhere: false,
      };
      this.#admitted.set(incarnation, admitted);
    }
    return admitted;
  }

  *#contained(): Generator<ContainedBatch> {
    for (let batch = this.#server.contained; batch !== undefined; batch = batch.before) yield batch;
  }
}
