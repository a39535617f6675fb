import { randomUUID } from 'node:crypto';
import { FORMAT_VERSION } from '@redmeter/metric-format';
import { AcknowledgedBatches, type MissingBatches } from './acknowledged-batches.js';
import { Batch } from './batch.js';
import type { Clock } from '../time/clock.js';
import { RedisMetricsError } from '../errors/redis-metrics-error.js';
import { isError } from '../errors/error-text.js';
import type { LogOnce } from '../accounting/log-once.js';
import type { MergeAnswer } from './merge-answer.js';
import type { MergeScript, SendCommand } from './merge-script.js';
import type { Loss } from '../recording/series/loss.js';
import { countAsDropped, type Recordings } from '../accounting/recordings.js';
import { NotConnectedError, type RedisConnection } from '../redis/redis-connection.js';

/** How long one attempt waits for its answer. */
const ANSWER_TIMEOUT_MS = 5000;
// Each answer that applies nothing leads to another state; this many in a row mean that Redis changes under our hands.
const MOST_DETOURS = 16;
// As long as the merge script keeps ledger and mark after the last batch, less an hour.
const LEDGER_KEPT_MS = (7 * 24 - 1) * 3_600_000;
// Of what Redis loses, all shards learn at nearly the same time.
const LOSS_TOLD_EVERY_MS = 60_000;

type Outcome =
  { readonly kind: 'answer'; readonly answer: MergeAnswer } | { readonly kind: 'failure'; readonly error: unknown };

/** What a sender is made of. */
export interface BatchSenderParts {
  readonly connection: RedisConnection;
  readonly script: MergeScript;
  readonly clock: Clock;
  readonly log: LogOnce;
  readonly ttlMs: number;
  /** When the families were declared, by the clock. */
  readonly startedAtMs: number;
  /** How many senders share what may be kept for a Redis that forgets; default 1. */
  readonly senders?: number;
  /** Where the sender notes that Redis has lost data. */
  readonly loss?: Loss;
}

/**
 * Brings batches to Redis in their order, each counted once: numbers them for its life, has one on its way at a time, and
 * sends the same bytes again until there is an answer. Whatever Redis holds, now or when older data come back, the number in
 * its ledger says which of them are in it.
 */
export class BatchSender {
  readonly #parts: BatchSenderParts;
  readonly #acknowledged: AcknowledgedBatches;
  #queue: Batch[] = [];
  readonly #incarnation = randomUUID();
  #lastNumber = 0;
  #dataset = '';
  #declaredMs: number | undefined;
  #lastAppliedMs: number | undefined;
  /** Of the data, as an answer told it last. */
  #revision = '';
  /** When the last acknowledgement came, by the clock. */
  #acknowledgedAtMs = Number.POSITIVE_INFINITY;
  /** The batch that Redis stands at, where those between it and the first of the queue are given up. */
  #resumesAfter: number | undefined;
  /** The attempt under way; it outlives the wait for it, since its answer is still the best there is. */
  #attempt: Promise<Outcome> | undefined;
  /** Whether the attempt has a connection, so that its batch may have reached Redis. */
  #isSent = false;
  /** Once it is, an answer comes too late to be counted, and nothing more is sent. */
  #isAbandoned = false;

  constructor(parts: BatchSenderParts) {
    this.#parts = parts;
    this.#acknowledged = new AcknowledgedBatches(parts.clock, parts.senders);
  }

  /** When the families were declared, by Redis's clock; undefined until Redis told the time. */
  get declaredMs(): number | undefined {
    return this.#declaredMs;
  }

  /** Redis's time of the last batch that was acknowledged; undefined before. */
  get lastAppliedMs(): number | undefined {
    return this.#lastAppliedMs;
  }

  /** Whether a data set was found, or made, that this sender may write to. */
  get isEstablished(): boolean {
    return this.#dataset !== '';
  }

  /** Batches whose recordings still wait for their answer; those sent again after a failover were counted before. */
  *waiting(): Generator<Batch> {
    for (const batch of this.#queue) if (!batch.isAcknowledged) yield batch;
  }

  /** Puts a new batch, to which nothing is added any more, into the queue. */
  enqueue(batch: Batch): void {
    batch.number = this.#lastNumber += 1;
    this.#queue.push(batch);
    this.#parts.connection.prepare(batch.keys, batch.arguments);
  }

  /**
   * Sends until `last` is acknowledged, or given up; by default the last of the queue.
   * @throws what kept it from that; the queue stays as it is, and the next call goes on. RedisMetricsError `closed` once
   * the sender is abandoned
   */
  async deliver(last: Batch | undefined = this.#queue.at(-1)): Promise<void> {
    let detours = 0;
    while (last !== undefined && this.#queue.includes(last)) {
      const [batch = last] = this.#queue;
      const answer = await this.#exchange(batch);
      if (this.#accept(batch, answer)) detours = 0;
      else if ((detours += 1) > MOST_DETOURS) {
        throw new RedisMetricsError('flush_failed', `the data in Redis keep changing: ${answer.kind}`);
      }
    }
  }

  /**
   * Makes sure that the data set is one that this sender may write to, by an empty batch where nothing else waits.
   * @throws RedisMetricsError `incompatible_data`; or what kept it from asking
   */
  async establish(): Promise<void> {
    if (this.isEstablished) return;
    const { clock, startedAtMs } = this.#parts;
    if (this.#queue.length === 0) this.enqueue(new Batch(clock(), startedAtMs, this.#declaredMs));
    await this.deliver();
  }

  /**
   * Gives up what is in the queue: in doubt where an attempt had no answer, else `closed`, or `lost` where Redis lost what it
   * had acknowledged. Nothing is sent any more.
   */
  abandon(): void {
    this.#isAbandoned = true;
    const [first] = this.#queue;
    if (first !== undefined && this.#attempt !== undefined && this.#isSent) first.isInDoubt = true;
    for (const batch of this.#queue) {
      if (batch.isInDoubt) batch.giveUp('in_doubt');
      else if (batch.flushed !== undefined) this.#countAsLost(batch.flushed);
      else batch.giveUp('closed');
    }
    this.#queue = [];
  }

  async #exchange(batch: Batch): Promise<MergeAnswer> {
    this.#expectInUse();
    const isLeftOver = this.#attempt !== undefined;
    this.#attempt ??= this.#send(batch);
    const outcome = await withinTimeout(this.#attempt);
    this.#expectInUse();
    if (outcome === undefined) {
      this.#parts.connection.reconnect();
      throw new RedisMetricsError('flush_failed', `no answer from Redis within ${ANSWER_TIMEOUT_MS} ms`);
    }
    this.#attempt = undefined;
    if (outcome.kind === 'answer') return outcome.answer;
    // An error that Redis answers with means that nothing was applied; a connection that breaks leaves it open.
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
    const { clock, connection, script, ttlMs } = this.#parts;
    try {
      // First, since a batch grows older while a connection is made.
      this.#isSent = false;
      await connection.ready();
      this.#expectInUse();
      this.#isSent = true;
      const call = {
        incarnation: this.#incarnation,
        dataset: this.#dataset,
        freshDataset: randomUUID(),
        ttlMs,
        batchAgeMs: clock() - batch.madeAtMs,
        note: this.#acknowledged.noteWith(batch),
        resumesAfter: this.#resumesAfter,
        revision: this.#revision,
      };
      const send: SendCommand = (command, args) => connection.send(command, args);
      return { kind: 'answer', answer: await script.merge(send, batch, call) };
    } catch (error) {
      return { kind: 'failure', error };
    }
  }

  /** Acts on the answer to the first batch of the queue; true when that batch is done with. */
  #accept(batch: Batch, answer: MergeAnswer): boolean {
    switch (answer.kind) {
      case 'applied':
      case 'duplicate':
        this.#dataset = answer.dataset;
        this.#declaredMs ??= Math.round(answer.nowMs - (this.#parts.clock() - this.#parts.startedAtMs));
        this.#lastAppliedMs = answer.nowMs;
        if (answer.revision !== '') this.#revision = answer.revision;
        this.#resumesAfter = undefined;
        this.#noteAcknowledgement();
        if (answer.trouble !== undefined) {
          this.#parts.log.warn(
            'indexes',
            `redmeter: the indexes of the metrics cannot be written, readers of a large database miss series: ${answer.trouble}`,
          );
        }
        batch.acknowledge(answer.refusals, this.#parts.clock(), answer.found);
        this.#queue.shift();
        this.#acknowledged.add(batch);
        return true;
      case 'gap':
        batch.isInDoubt = false;
        this.#sendAgain(answer.noted, this.#acknowledged.goBackTo(answer.noted, answer.note));
        return false;
      case 'unknown':
      case 'dataset':
        if (this.#isLedgerExpired) this.#acknowledged.clear();
        if (!answer.isGone || this.#isLedgerExpired) this.#leaveWhatIsInDoubt();
        batch.isInDoubt = false;
        if (answer.kind === 'unknown' && answer.isGone) {
          this.#sendAgain(0, this.#acknowledged.goBackToStart());
          return false;
        }
        // Another server, perhaps, with a clock of its own.
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

  /** Redis went back to batch `noted`. What it lost since is sent again as far as it is kept. */
  #sendAgain(noted: number, { kept, lost }: MissingBatches): void {
    this.#queue.unshift(...kept);
    this.#resumesAfter = noted;
    const [first] = this.#queue;
    if (first === undefined || first.number > noted + 1) this.#noteLoss();
    this.#countAsLost(lost);
  }

  /**
   * Where all data are gone, what was acknowledged is gone with them: somebody meant it, or this is another server. Where it is
   * not sure that this writer's are, what is there already must not be written twice.
   */
  #sendNothingAgain(): void {
    const lost = [...this.#acknowledged.clear(), ...this.#queue.flatMap(({ flushed }) => flushed ?? [])];
    this.#queue = this.#queue.filter(({ isAcknowledged }) => !isAcknowledged);
    this.#resumesAfter = 0;
    this.#noteLoss();
    this.#countAsLost(lost);
  }

  /** Whether ledger and mark are gone because nothing was written for long: then so is what they told of, but not lost. */
  get #isLedgerExpired(): boolean {
    return this.#parts.clock() - this.#acknowledgedAtMs > LEDGER_KEPT_MS;
  }

  /** Drops the batch under way, where an attempt without an answer may have written it. */
  #leaveWhatIsInDoubt(): void {
    const [batch] = this.#queue;
    if (batch?.isInDoubt !== true) return;
    this.#queue.shift();
    batch.giveUp('in_doubt');
    this.#parts.log.warn(
      'in_doubt',
      'redmeter: Redis has no memory of this writer any more (its ledger and mark were removed), and a batch was on its way; it is dropped as in_doubt',
    );
  }

  /** For what Redis had acknowledged and does not hold, when it is not sent again either; or holds again. */
  #countAsLost(lost: readonly Recordings[]): void {
    // A note may miss what was refused long ago.
    const differences = lost.map(({ tally, recordings }) => ({
      tally,
      recordings: Math.max(recordings, -(tally.dropped().lost ?? 0)),
    }));
    countAsDropped(differences, 'lost');
    const { clock, log } = this.#parts;
    if (differences.some(({ recordings }) => recordings > 0)) {
      log.warn(
        `lost ${Math.floor(clock() / LOSS_TOLD_EVERY_MS)}`,
        'redmeter: Redis lost writes that it had acknowledged (its data are gone, or went back to an earlier state); what cannot be sent again is dropped as lost',
      );
    } else if (differences.some(({ recordings }) => recordings < 0)) {
      log.warn('found', 'redmeter: Redis holds again what it had lost; it counts as flushed again');
    }
  }

  /** Where nothing was acknowledged for long, series have expired: an idle one may be halfway there when it begins. */
  #noteAcknowledgement(): void {
    const { clock, ttlMs } = this.#parts;
    const nowMs = clock();
    if (nowMs - this.#acknowledgedAtMs > ttlMs / 2) this.#noteLoss();
    this.#acknowledgedAtMs = nowMs;
  }

  #noteLoss(): void {
    const { clock, loss } = this.#parts;
    if (loss !== undefined) loss.noticedAtMs = clock();
  }
}

function isRedisReply(error: unknown): error is Error {
  return isError(error) && error.name === 'ReplyError';
}

/** What came of the attempt, which never rejects; undefined when it takes too long. */
function withinTimeout(attempt: Promise<Outcome>): Promise<Outcome | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ANSWER_TIMEOUT_MS, undefined).unref();
    void attempt.then((outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    });
  });
}
