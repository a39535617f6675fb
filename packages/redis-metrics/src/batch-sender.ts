import { randomUUID } from 'node:crypto';
import { FORMAT_VERSION } from '@redmeter/metric-format';
import { Batch, countAsDropped, type ForgottenBatch } from './batch.js';
import type { Clock } from './clock.js';
import { RedisMetricsError } from './error.js';
import { isError } from './error-text.js';
import type { LogOnce } from './log-once.js';
import type { MergeAnswer } from './merge-answer.js';
import type { MergeScript, SendCommand } from './merge-script.js';
import type { Loss } from './recording-scope.js';
import { RecentBatches } from './recent-batches.js';
import { NotConnectedError, type RedisConnection, type Reply } from './redis-connection.js';

/** How long one attempt waits for its answer. */
const ANSWER_TIMEOUT_MS = 5000;
// Each answer that applies nothing leads to another state; this many in a row mean that Redis changes under our hands.
const MOST_DETOURS = 16;

/** What the script answered, and on which connection. */
type Answered = { readonly answer: MergeAnswer } & Pick<Reply, 'link'>;

type Outcome = ({ readonly kind: 'answer' } & Answered) | { readonly kind: 'failure'; readonly error: unknown };

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
 * Brings batches to Redis in their order, each counted once: numbers them, has one on its way at a time, and sends the
 * same bytes again until there is an answer. All it knows of one data set, and of one ledger in it, is here.
 */
export class BatchSender {
  readonly #parts: BatchSenderParts;
  readonly #recent: RecentBatches;
  readonly #queue: Batch[] = [];
  #incarnation = randomUUID();
  #lastNumber = 0;
  #dataset = '';
  #declaredMs: number | undefined;
  #lastAppliedMs: number | undefined;
  /** When the last acknowledgement came, by the clock. */
  #acknowledgedAtMs = Number.POSITIVE_INFINITY;
  /** The connection that the last acknowledgement came on. */
  #lastLink: number | undefined;
  /** The attempt under way; it outlives the wait for it, since its answer is still the best there is. */
  #attempt: Promise<Outcome> | undefined;
  /** Whether the attempt has a connection, so that its batch may have reached Redis. */
  #isSent = false;
  /** Once it is, an answer comes too late to be counted, and nothing more is sent. */
  #isAbandoned = false;

  constructor(parts: BatchSenderParts) {
    this.#parts = parts;
    this.#recent = new RecentBatches(parts.clock, parts.senders);
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
    this.#append(batch);
    this.#parts.connection.prepare(batch.keys, batch.arguments);
  }

  #append(batch: Batch): void {
    batch.number = this.#lastNumber += 1;
    this.#queue.push(batch);
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
      const answered = await this.#exchange(batch);
      if (this.#accept(batch, answered)) detours = 0;
      else if ((detours += 1) > MOST_DETOURS) {
        throw new RedisMetricsError('flush_failed', `the data in Redis keep changing: ${answered.answer.kind}`);
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
      else if (batch.isAcknowledged) this.#countAsLost(batch.forget());
      else batch.giveUp('closed');
    }
    this.#queue.length = 0;
  }

  async #exchange(batch: Batch): Promise<Answered> {
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
    if (outcome.kind === 'answer') return outcome;
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
      };
      let link: Reply['link'];
      const send: SendCommand = async (command, args) => {
        const reply = await connection.exchange(command, args);
        link = reply.link;
        return reply.value;
      };
      const answer = await script.merge(send, batch, call);
      return { kind: 'answer', answer, link };
    } catch (error) {
      return { kind: 'failure', error };
    }
  }

  /** Acts on the answer to the first batch of the queue; true when that batch is done with. */
  #accept(batch: Batch, { answer, link }: Answered): boolean {
    switch (answer.kind) {
      case 'applied':
      case 'duplicate':
        this.#dataset = answer.dataset;
        this.#declaredMs ??= Math.round(answer.nowMs - (this.#parts.clock() - this.#parts.startedAtMs));
        this.#lastAppliedMs = answer.nowMs;
        this.#lastLink = link;
        this.#noteAcknowledgement();
        if (answer.trouble !== undefined) {
          this.#parts.log.warn(
            'indexes',
            `redmeter: the indexes of the metrics cannot be written, readers of a large database miss series: ${answer.trouble}`,
          );
        }
        batch.acknowledge(answer.refusals, this.#parts.clock(), answer.found);
        this.#queue.shift();
        this.#recent.add(batch);
        return true;
      case 'gap':
        this.#sendAgainAfter(batch, answer.noted);
        return false;
      case 'unknown': {
        // Redis loses what it acknowledged when it is started again, or another server takes its place: both end the
        // connection. On the same one, the ledger alone is gone.
        const isLedgerAlone = link !== undefined && link === this.#lastLink;
        if (!isLedgerAlone && this.#recent.hasAllBefore(batch.number)) this.#sendAgainAfter(batch, 0);
        else this.#leaveWhatIsInDoubt();
        return false;
      }
      case 'dataset':
        this.#dataset = answer.dataset;
        // Another server, perhaps, with a clock of its own.
        this.#declaredMs = undefined;
        this.#startAnew(this.#queue.filter(({ isAcknowledged }) => !isAcknowledged));
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

  /** The ledger stands at an earlier batch: Redis lost what it had acknowledged since. */
  #sendAgainAfter(batch: Batch, noted: number): void {
    const { isComplete, kept, forgotten } = this.#recent.takeMissing(noted, batch.number);
    if (isComplete) {
      this.#queue.unshift(...kept);
      return;
    }
    for (const batch of forgotten) this.#countAsLost(batch);
    this.#startAnew([...kept, ...this.#queue]);
  }

  /** For what Redis had acknowledged and does not hold, when it is not sent again either. */
  #countAsLost({ flushed }: ForgottenBatch): void {
    countAsDropped(flushed, 'lost');
    this.#parts.log.warn('lost', 'redmeter: Redis lost writes that it had acknowledged, and they are not sent again');
  }

  /** The ledger is gone: what was applied of the batch under way cannot be known. */
  #leaveWhatIsInDoubt(): void {
    const certain = this.#queue.filter((batch) => !batch.isAcknowledged && !batch.isInDoubt);
    for (const batch of this.#queue) {
      if (batch.isInDoubt) {
        this.#parts.log.warn('in_doubt', 'redmeter: Redis lost the ledger while a batch was on its way; it is dropped');
        batch.giveUp('in_doubt');
      } else if (batch.isAcknowledged) this.#countAsLost(batch.forget());
    }
    this.#startAnew(certain);
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

  #startAnew(batches: readonly Batch[]): void {
    this.#noteLoss();
    this.#incarnation = randomUUID();
    this.#lastNumber = 0;
    this.#recent.clear();
    this.#queue.length = 0;
    for (const batch of batches) {
      batch.isInDoubt = false;
      this.#append(batch);
    }
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
