import { randomUUID } from 'node:crypto';
import {
  FORMAT_VERSION,
  internalKeys,
  readMergeAnswer,
  type DropReason,
  type MergeAnswer,
  type TotalNotes,
} from '@redmeter/metric-format';
import type { SeriesChange } from '../points/changes.js';
import type { MergeTarget } from './merge-target.js';
import { cutIntoBatches, firstSpace, type ShardBatches, type ShardLayout } from './request-batches.js';
import { Sources } from './sources.js';

/** How the ledger of a request that is written lives on: as long as senders try a request again. */
const LEDGER_TTL_MS = 3_600_000;
/** Replies in a row that apply nothing, after which the data in Redis keep changing. */
const MAX_DETOURS = 8;

/** A change that Redis refused. */
interface RefusedChange {
  readonly change: SeriesChange;
  readonly reason: DropReason;
  /** What Redis has instead; undefined if it does not say. */
  readonly found: string | undefined;
}

/** A change of which some totals were not simply added. */
interface NotedChange {
  readonly change: SeriesChange;
  readonly notes: TotalNotes;
  /** Whether an earlier attempt was told the same. */
  readonly isDuplicate: boolean;
}

/** What came of a request. */
export interface Written {
  /** Whether all of it had been written before, by an earlier attempt. */
  readonly isDuplicate: boolean;
  /** Whether none of it had been. */
  readonly isFirst: boolean;
  readonly refused: readonly RefusedChange[];
  /** What became of totals that were not simply added. */
  readonly noted: readonly NotedChange[];
  /** Why the indexes could not be written; undefined if they were. */
  readonly indexError: string | undefined;
}

/** The data in Redis have another format or number of shards than this receiver. */
export class IncompatibleData extends Error {
  override readonly name = 'IncompatibleData';
}

/** Settings of a writer. */
export interface RequestWriterOptions {
  readonly layout: ShardLayout;
  /** Milliseconds that a series lives without a writer. */
  readonly ttlMs: number;
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Writes requests, each once: the ledger in Redis is that of the request, whichever receiver writes it. A request that is sent again
 * after a failure goes on where the attempts before it ended.
 */
export class RequestWriter {
  readonly #target: MergeTarget;
  readonly #options: RequestWriterOptions;
  readonly #sources: Sources;

  constructor(target: MergeTarget, options: RequestWriterOptions) {
    this.#target = target;
    this.#options = options;
    this.#sources = new Sources(target, firstSpace(options.layout), 2 * options.ttlMs);
  }

  /**
   * Writes the changes of a request.
   * @param id identifies the request: letters and digits
   * @throws IncompatibleData; or the error that prevented it, after which the same request can be written again
   */
  async write(id: string, changes: readonly SeriesChange[]): Promise<Written> {
    const steadySources = await this.#sources.findSteady(sourcesOf(changes));
    const [first, ...others] = cutIntoBatches(changes, this.#options.layout);
    if (first === undefined)
      return { isDuplicate: false, isFirst: true, refused: [], noted: [], indexError: undefined };
    const written = [await this.#writeShard(id, first, steadySources)];
    // Settled, so that no attempt is under way when the sender tries again.
    const rest = await Promise.allSettled(others.map(async (shard) => this.#writeShard(id, shard, steadySources)));
    for (const outcome of rest) {
      if (outcome.status === 'rejected') throw outcome.reason;
      written.push(outcome.value);
    }
    await Promise.all([this.#shortenLedgers(id, [first, ...others]), this.#sources.note(sourcesOf(changes))]);
    return {
      isDuplicate: written.every(({ isDuplicate }) => isDuplicate),
      isFirst: written.every(({ isFirst }) => isFirst),
      refused: written.flatMap(({ refused }) => refused),
      noted: written.flatMap(({ noted }) => noted),
      indexError: written.map(({ indexError }) => indexError).find((text) => text !== undefined),
    };
  }

  async #writeShard(id: string, shard: ShardBatches, steadySources: ReadonlySet<string>): Promise<Written> {
    const refused: RefusedChange[] = [];
    const noted: NotedChange[] = [];
    let isDuplicate = true;
    let isFirst = true;
    let indexError: string | undefined;
    let detours = 0;
    for (let number = 1; number <= shard.batches.length;) {
      const reply = await this.#send(id, shard, { number, steadySources });
      switch (reply.kind) {
        case 'applied':
        case 'duplicate':
          isDuplicate &&= reply.kind === 'duplicate';
          isFirst &&= reply.kind === 'applied';
          indexError = reply.indexError ?? indexError;
          for (const [index, reason] of reply.refusals) {
            const change = shard.batches[number - 1]?.changes[index - 1];
            if (change !== undefined) refused.push({ change, reason, found: reply.found.get(index) });
          }
          for (const [index, notes] of reply.totals) {
            const change = shard.batches[number - 1]?.changes[index - 1];
            if (change !== undefined) noted.push({ change, notes, isDuplicate: reply.kind === 'duplicate' });
          }
          number += 1;
          continue;
        case 'gap':
          number = reply.noted + 1;
          break;
        case 'unknown':
        case 'dataset':
          number = 1;
          break;
        case 'format': {
          const { spaces, prefix } = this.#options.layout;
          const expected = `expected metrics of format ${FORMAT_VERSION} in ${spaces.length} shards under the prefix ${prefix}`;
          throw new IncompatibleData(`${expected}, got ${reply.record.slice(0, 200)}; see --otlp.shards`);
        }
      }
      detours += 1;
      if (detours > MAX_DETOURS) throw new Error('the data in Redis keep changing');
    }
    return { isDuplicate, isFirst, refused, noted, indexError };
  }

  async #send(
    id: string,
    { space, batches }: ShardBatches,
    { number, steadySources }: { readonly number: number; readonly steadySources: ReadonlySet<string> },
  ): Promise<MergeAnswer> {
    const { layout, ttlMs, now } = this.#options;
    const batch = batches[number - 1];
    const internal = internalKeys(space);
    const keys = [
      internal.dataset,
      internal.revision,
      internal.changed,
      internal.live,
      internal.writer(id),
      ...(batch?.familyKeys ?? []),
      ...(batch?.seriesKeys ?? []),
      ...(batch?.streamKeys ?? []),
    ];
    const args = [
      String(FORMAT_VERSION),
      String(layout.spaces.length),
      '',
      randomUUID(),
      String(number),
      '0',
      String(ttlMs),
      String(batch?.families.length ?? 0),
      ...(batch?.families ?? []),
      ...(batch?.operations(now(), steadySources) ?? []),
    ];
    return readMergeAnswer(await this.#target.merge(keys, args));
  }

  /** The script keeps ledgers for a week. A failure to shorten that costs memory alone. */
  async #shortenLedgers(id: string, shards: readonly ShardBatches[]): Promise<void> {
    await Promise.allSettled(
      shards.map(async ({ space }) => this.#target.expire(internalKeys(space).writer(id), LEDGER_TTL_MS)),
    );
  }
}

function sourcesOf(changes: readonly SeriesChange[]): Set<string> {
  return new Set(
    changes.flatMap(({ effect }) => (effect.kind === 'totals' ? effect.totals.map(({ source }) => source) : [])),
  );
}
