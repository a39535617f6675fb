import { FORMAT_VERSION, type MergeAnswer } from '@redmeter/metric-format';
import { AcknowledgedBatches, type MissingBatches } from './acknowledged-batches.js';
import { Batch } from './batch.js';
import { processRuntime, type Runtime } from '../time/runtime.js';
import { RedisMetricsError } from '../errors/redis-metrics-error.js';
import { isError } from '../errors/error-text.js';
import type { LogOnce } from '../accounting/log-once.js';
import type { MergeScript, SendCommand } from './merge-script.js';
import type { Loss } from '../recording/series/series.js';
import { countAsDropped, type Recordings } from '../accounting/tally.js';
import { NotConnectedError, type RedisConnection } from '../redis/redis-connection.js';

/** How long one attempt waits for its reply. */
const ANSWER_TIMEOUT_MS = 5000;
// Each reply that applies nothing leads to another state; this many in a row mean that the data in Redis keep changing.
const MAX_DETOURS = 16;
// The merge script keeps ledger and mark an hour longer than this after the last batch.
const LEDGER_KEPT_MS = (7 * 24 - 1) * 3_600_000;
// All shards notice a loss at nearly the same time: one log line for all.
const LOSS_LOGGED_EVERY_MS = 60_000;

type Outcome =
  { readonly kind: 'answer'; readonly answer: MergeAnswer } | { readonly kind: 'failure'; readonly error: unknown };

type BatchRuntime = Pick<Runtime, 'after' | 'clock' | 'newId'>;

/** Parts of a sender. */
export interface BatchSenderParts {
  readonly connection: RedisConnection;
  readonly script: MergeScript;
  readonly runtime?: BatchRuntime;
  readonly log: LogOnce;
  readonly ttlMs: number;
  /** When the families were declared, by the clock. */
  readonly startedAtMs: number;
  /** Number of senders that share the memory for acknowledged batches; default 1. */
  readonly senders?: number;
  /** Where the sender records that Redis has lost data. */
  readonly loss?: Loss;
}

/**
 * Sends batches to Redis in order, so that each counts exactly once: it numbers them, has one in flight at a time, and sends the same
 * bytes again until it gets a reply. The number in the ledger in Redis says which batches its data contain, also after Redis went
 * back to older data.
 */
export class BatchSender {
  readonly #parts: BatchSenderParts & { readonly runtime: BatchRuntime };
  readonly #acknowledged: AcknowledgedBatches;
  #queue: Batch[] = [];
  readonly #incarnation: string;
  #lastNumber = 0;
  #dataset = '';
  #declaredMs: number | undefined;
  #lastAppliedMs: number | undefined;
  /** The revision of the data in the last reply. */
  #revision = '';
  /** When the last acknowledgement arrived, by the clock. */
  #acknowledgedAtMs = Number.POSITIVE_INFINITY;
  /** The last batch in Redis, when those between it and the first of the queue are not sent. */
  #resumesAfter: number | undefined;
  /** The attempt in flight; kept after a timeout, since its reply may still arrive. */
  #attempt: Promise<Outcome> | undefined;
  /** Whether the attempt had a connection, so that its batch may have reached Redis. */
  #isSent = false;
  /** When abandoned, late replies are ignored and nothing more is sent. */
  #isAbandoned = false;

  constructor(parts: BatchSenderParts) {
    const { runtime = processRuntime } = parts;
    this.#parts = { ...parts, runtime };
    this.#incarnation = runtime.newId();
    this.#acknowledged = new AcknowledgedBatches(runtime.clock, parts.senders);
  }

  /** When the families were declared, by Redis's clock; undefined until Redis has replied once. */
  get declaredMs(): number | undefined {
    return this.#declaredMs;
  }

  /** Redis's time of the last acknowledged batch; undefined before the first. */
  get lastAppliedMs(): number | undefined {
    return this.#lastAppliedMs;
  }

  /** Whether this sender has a data set to write to. */
  get isEstablished(): boolean {
    return this.#dataset !== '';
  }

  /** Batches that were never acknowledged; those sent again after a loss are counted already. */
  *waiting(): Generator<Batch> {
    for (const batch of this.#queue) if (!batch.isAcknowledged) yield batch;
  }

  /** Adds a complete batch to the queue. */
  enqueue(batch: Batch): void {
    batch.number = this.#lastNumber += 1;
    this.#queue.push(batch);
    this.#parts.connection.prepare(batch.keys, batch.arguments);
  }

  /**
   * Sends until `last`, by default the last batch of the queue, is acknowledged or dropped.
   * @throws the error that prevented it; the queue is kept, and the next call continues. RedisMetricsError `closed` after
   * `abandon()`
   */
  async deliver(last: Batch | undefined = this.#queue.at(-1)): Promise<void> {
    let detours = 0;
    while (last !== undefined && this.#queue.includes(last)) {
      const [batch = last] = this.#queue;
      const answer = await this.#exchange(batch);
      if (this.#accept(batch, answer)) detours = 0;
      else if ((detours += 1) > MAX_DETOURS) {
        throw new RedisMetricsError('flush_failed', `the data in Redis keep changing: ${answer.kind}`);
      }
    }
  }

  /**
   * Checks that the data set can be written to, with an empty batch if the queue is empty.
   * @throws RedisMetricsError `incompatible_data`; or the error that prevented the check
   */
  async establish(): Promise<void> {
    if (this.isEstablished) return;
    const { runtime, startedAtMs } = this.#parts;
    if (this.#queue.length === 0) this.enqueue(new Batch(runtime.clock(), startedAtMs, this.#declaredMs));
    await this.deliver();
  }

  /**
   * Drops the queue and sends nothing more. The reason is `in_doubt` for a batch that may have been written, `lost` for one that was
   * acknowledged before, else `closed`.
   */
  abandon(): void {
    this.#isAbandoned = true;
    const [first] = this.#queue;
    if (first !== undefined && this.#attempt !== undefined && this.#isSent) first.isInDoubt = true;
    for (const batch of this.#queue) {
      if (batch.isInDoubt) batch.drop('in_doubt');
      else if (batch.flushed !== undefined) this.#countAsLost(batch.flushed);
      else batch.drop('closed');
    }
    this.#queue = [];
  }

  async #exchange(batch: Batch): Promise<MergeAnswer> {
    this.#expectInUse();
    const isLeftOver = this.#attempt !== undefined;
    this.#attempt ??= this.#send(batch);
    const outcome = await withinTimeout(this.#attempt, this.#parts.runtime);
    this.#expectInUse();
    if (outcome === undefined) {
      this.#parts.connection.reconnect();
      throw new RedisMetricsError('flush_failed', `no answer from Redis within ${ANSWER_TIMEOUT_MS} ms`);
    }
    this.#attempt = undefined;
    if (outcome.kind === 'answer') return outcome.answer;
    // An error reply means that nothing was applied; after a broken connection it is unknown.
    if (isRedisReply(outcome.error)) {
      if (outcome.error.message.startsWith('READONLY')) this.#parts.connection.reconnect();
    } else if (!(outcome.error instanceof NotConnectedError)) {
      batch.isInDoubt = true;
    }
    if (isLeftOver) return this.#exchange(batch);
    throw outcome.error;
  }

  #expectInUse(): void {
    if (this.#isAbandoned) throw new RedisMetricsError('closed', 'the service was closed before this was written');
  }

  async #send(batch: Batch): Promise<Outcome> {
    const { connection, runtime, script, ttlMs } = this.#parts;
    let connections = connection.connections;
    try {
      // Before the call is built, since the batch ages while the connection is made.
      this.#isSent = false;
      await connection.ready();
      this.#expectInUse();
      this.#isSent = true;
      connections = connection.connections;
      const call = {
        incarnation: this.#incarnation,
        dataset: this.#dataset,
        freshDataset: runtime.newId(),
        ttlMs,
        batchAgeMs: runtime.clock() - batch.madeAtMs,
        note: this.#acknowledged.noteWith(batch),
        resumesAfter: this.#resumesAfter,
        revision: this.#revision,
      };
      const send: SendCommand = (command, args) => connection.send(command, args);
      return { kind: 'answer', answer: await script.merge(send, batch, call) };
    } catch (error) {
      return { kind: 'failure', error };
    } finally {
      // Only one of the attempts has this reply; another may have written the batch.
      if (this.#isSent && connection.mayHaveSentAgain(connections)) batch.isInDoubt = true;
    }
  }

  /** Handles the reply to the first batch of the queue. @returns whether that batch is finished */
  #accept(batch: Batch, answer: MergeAnswer): boolean {
    switch (answer.kind) {
      case 'applied':
      case 'duplicate':
        this.#dataset = answer.dataset;
        this.#declaredMs ??= Math.round(answer.nowMs - (this.#nowMs - this.#parts.startedAtMs));
        this.#lastAppliedMs = answer.nowMs;
        if (answer.revision !== '') this.#revision = answer.revision;
        this.#resumesAfter = undefined;
        this.#noteAcknowledgement();
        if (answer.indexError !== undefined) {
          this.#parts.log.warn(
            'indexes',
            `redmeter: cannot write the indexes of the metrics, so readers of a large database miss series: ${answer.indexError}`,
          );
        }
        batch.acknowledge(answer.refusals, this.#nowMs, answer.found);
        this.#queue.shift();
        this.#acknowledged.add(batch);
        return true;
      case 'gap':
        this.#sendAgain(answer.noted, this.#acknowledged.rollBackTo(answer.noted, answer.note));
        return false;
      case 'unknown':
      case 'dataset':
        if (this.#isLedgerExpired) this.#acknowledged.clear();
        if (!answer.isGone || this.#isLedgerExpired) this.#dropInDoubt();
        if (answer.kind === 'unknown' && answer.isGone) {
          this.#sendAgain(0, this.#acknowledged.rollBackToStart());
          return false;
        }
        // It may be another server, with another clock.
        if (answer.kind === 'dataset') this.#declaredMs = undefined;
        this.#dataset = answer.dataset;
        this.#sendNothingAgain();
        return false;
      case 'format': {
        const { shards } = this.#parts.script;
        throw new RedisMetricsError(
          'incompatible_data',
          `expected metrics of format ${FORMAT_VERSION} in ${shards === 1 ? 'one shard' : `${shards} shards`} under this prefix, got ${answer.record.slice(0, 200)}; set the option shards to the same number, or use another prefix or database`,
        );
      }
    }
  }

  /** Redis went back to batch `noted`. The batches since then are sent again as far as they are kept. */
  #sendAgain(noted: number, { kept, lost }: MissingBatches): void {
    this.#queue.unshift(...kept);
    this.#resumesAfter = noted;
    const [first] = this.#queue;
    if (first === undefined || first.number > noted + 1) this.#noteLoss();
    this.#countAsLost(lost);
  }

  /**
   * When all data are gone, acknowledged batches are not sent again: the data were deleted on purpose, or this is another server. When it
   * is not certain that this writer's data are gone, sending again could count them twice.
   */
  #sendNothingAgain(): void {
    const lost = [...this.#acknowledged.clear(), ...this.#queue.flatMap(({ flushed }) => flushed ?? [])];
    this.#queue = this.#queue.filter(({ isAcknowledged }) => !isAcknowledged);
    this.#resumesAfter = 0;
    this.#noteLoss();
    this.#countAsLost(lost);
  }

  get #nowMs(): number {
    return this.#parts.runtime.clock();
  }

  /** Whether ledger and mark expired because nothing was written for a week: the series have expired too, and are not lost. */
  get #isLedgerExpired(): boolean {
    return this.#nowMs - this.#acknowledgedAtMs > LEDGER_KEPT_MS;
  }

  /** Drops the batches that an attempt without a reply may have written. */
  #dropInDoubt(): void {
    const inDoubt = this.#queue.filter(({ isInDoubt }) => isInDoubt);
    if (inDoubt.length === 0) return;
    this.#queue = this.#queue.filter(({ isInDoubt }) => !isInDoubt);
    for (const batch of inDoubt) batch.drop('in_doubt');
    this.#parts.log.warn(
      'in_doubt',
      'redmeter: Redis no longer has the ledger and mark of this writer; the batch in flight may or may not have been written, and is dropped as in_doubt',
    );
  }

  /** Counts acknowledged recordings that Redis lost and that are not sent again; negative numbers when Redis has them again. */
  #countAsLost(lost: readonly Recordings[]): void {
    // A note does not include recordings refused long ago.
    const differences = lost.map(({ tally, recordings }) => ({
      tally,
      recordings: Math.max(recordings, -(tally.dropped().lost ?? 0)),
    }));
    countAsDropped(differences, 'lost');
    const { log } = this.#parts;
    if (differences.some(({ recordings }) => recordings > 0)) {
      log.warn(
        `lost ${Math.floor(this.#nowMs / LOSS_LOGGED_EVERY_MS)}`,
        'redmeter: Redis lost writes that it had acknowledged (its data were deleted or restored to an earlier state); what cannot be sent again is dropped as lost',
      );
    } else if (differences.some(({ recordings }) => recordings < 0)) {
      log.warn('found', 'redmeter: Redis has lost data back; they count as flushed again');
    }
  }

  /** After a long time without an acknowledgement, series have expired: an idle one may have half of its TTL left at the start. */
  #noteAcknowledgement(): void {
    const { ttlMs } = this.#parts;
    const nowMs = this.#nowMs;
    if (nowMs - this.#acknowledgedAtMs > ttlMs / 2) this.#noteLoss();
    this.#acknowledgedAtMs = nowMs;
  }

  #noteLoss(): void {
    const { loss } = this.#parts;
    if (loss !== undefined) loss.noticedAtMs = this.#nowMs;
  }
}

function isRedisReply(error: unknown): error is Error {
  return isError(error) && error.name === 'ReplyError';
}

/** The outcome of an attempt, which never rejects; undefined after the timeout. */
function withinTimeout(attempt: Promise<Outcome>, { after }: BatchRuntime): Promise<Outcome | undefined> {
  return new Promise((resolve) => {
    const stopTimer = after(ANSWER_TIMEOUT_MS, () => resolve(undefined));
    void attempt.then((outcome) => {
      stopTimer();
      resolve(outcome);
    });
  });
}
