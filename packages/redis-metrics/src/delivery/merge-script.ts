import { createHash } from 'node:crypto';
import { FORMAT_VERSION, internalKeys, type KeySpace } from '@redmeter/metric-format';
import type { Batch } from './batch.js';
import { messageOf } from '../errors/error-text.js';
import { readMergeAnswer, type MergeAnswer } from './merge-answer.js';
import { MERGE_SOURCE } from './merge-source.js';
import type { CommandArguments } from '../redis/prepared-command.js';

/** Sends one command to Redis. */
export type SendCommand = (command: string, args: CommandArguments) => Promise<unknown>;

/** What a call says beside the batch. */
export interface MergeCall {
  readonly incarnation: string;
  /** The id of the data set that the writer knows; '' for none. */
  readonly dataset: string;
  /** The id for a new data set. */
  readonly freshDataset: string;
  readonly ttlMs: number;
  /** Milliseconds since the batch was made. */
  readonly batchAgeMs: number;
  /** Kept in the writer's mark until the next batch. */
  readonly note: string;
  /** The batch that was noted last, where those between it and this one are not sent; undefined where this is the next. */
  readonly resumesAfter: number | undefined;
  /** The revision that an answer told last, or ''. */
  readonly revision: string;
}

/** Calls the script that applies a batch. */
export class MergeScript {
  readonly #space: KeySpace;
  /** How many shards the data set has. */
  readonly shards: number;
  readonly #source: string;
  readonly #sha: string;

  /**
   * @param space of the shard that batches go to
   * @param shards how many the data set has
   * @param source the script's text, for a test to show what a line of it is for
   */
  constructor(space: KeySpace, shards = 1, source = MERGE_SOURCE) {
    this.#space = space;
    this.shards = shards;
    this.#source = source;
    this.#sha = createHash('sha1').update(source).digest('hex');
  }

  /** Applies a batch, unless its number says that it was applied before. Rejects with Redis's or the connection's error. */
  async merge(send: SendCommand, batch: Batch, call: MergeCall): Promise<MergeAnswer> {
    const internal = internalKeys(this.#space);
    const ownKeys = [
      internal.dataset,
      internal.revision,
      internal.changed,
      internal.live,
      internal.writer(call.incarnation),
    ];
    const args = [
      String(ownKeys.length + batch.keys.texts.length + 1),
      ...ownKeys,
      batch.keys,
      internal.mark(call.incarnation),
      String(FORMAT_VERSION),
      String(this.shards),
      call.dataset,
      call.freshDataset,
      String(batch.number),
      String(Math.max(0, Math.floor(call.batchAgeMs))),
      String(call.ttlMs),
      batch.arguments,
      call.note,
      call.resumesAfter === undefined ? '' : String(call.resumesAfter),
      call.revision,
    ];
    return readMergeAnswer(await this.#run(send, args));
  }

  async #run(send: SendCommand, args: CommandArguments): Promise<unknown> {
    try {
      return await send('EVALSHA', [this.#sha, ...args]);
    } catch (error) {
      // Scripts are volatile: a restart or SCRIPT FLUSH forgets them. EVAL loads it again.
      if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
      return send('EVAL', [this.#source, ...args]);
    }
  }
}
