import { createHash } from 'node:crypto';
import {
  FORMAT_VERSION,
  internalKeys,
  MERGE_SOURCE,
  readMergeAnswer,
  type KeySpace,
  type MergeAnswer,
} from '@redmeter/metric-format';
import type { Batch } from './batch.js';
import { messageOf } from '../errors/error-text.js';
import type { CommandArguments } from '../redis/prepared-command.js';

/** Computed once, since each shard has a script. */
const MERGE_SHA = sha1(MERGE_SOURCE);

/** Sends one command to Redis. */
export type SendCommand = (command: string, args: CommandArguments) => Promise<unknown>;

/** Arguments of a call other than the batch. */
export interface MergeCall {
  readonly incarnation: string;
  /** The id of the data set that the writer last wrote to; '' for none. */
  readonly dataset: string;
  /** The id to use if a new data set is created. */
  readonly freshDataset: string;
  readonly ttlMs: number;
  /** Milliseconds since the batch was made. */
  readonly batchAgeMs: number;
  /** Kept in the writer's mark until the next batch. */
  readonly note: string;
  /** The last batch in the ledger, when the batches between it and this one are skipped; undefined when none are. */
  readonly resumesAfter: number | undefined;
  /** The revision in the last reply, or ''. */
  readonly revision: string;
}

/** Calls the merge script, which applies a batch. */
export class MergeScript {
  readonly #space: KeySpace;
  /** How many shards the data set has. */
  readonly shards: number;
  readonly #source: string;
  readonly #sha: string;

  /**
   * @param space of the shard that batches go to
   * @param shards how many the data set has
   * @param source the script's text; tests pass variants
   */
  constructor(space: KeySpace, shards = 1, source = MERGE_SOURCE) {
    this.#space = space;
    this.shards = shards;
    this.#source = source;
    this.#sha = source === MERGE_SOURCE ? MERGE_SHA : sha1(source);
  }

  /** Applies a batch, unless it was applied before. Rejects with an error of Redis or of the connection. */
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
      // Redis lost its script cache (restart, SCRIPT FLUSH). EVAL loads the script again.
      if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
      return send('EVAL', [this.#source, ...args]);
    }
  }
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
