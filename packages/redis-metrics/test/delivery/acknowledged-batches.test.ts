import { describe, expect, it } from '@jest/globals';
import { AcknowledgedBatches } from '../../src/delivery/acknowledged-batches.js';
import { Batch, type Refusals } from '../../src/delivery/batch.js';
import { Registry } from '../../src/recording/registry.js';
import type { Series } from '../../src/recording/series/series.js';
import { newTallies, type Tally } from '../../src/accounting/tally.js';
import { recordingScope } from '../recording/recording-scope.js';

const NONE: Refusals = new Map();

/** Batches of three increments of one counter and one observation each, acknowledged one by one, and their notes. */
class Book {
  nowMs = 0;
  readonly tallies = newTallies();
  readonly batches = new AcknowledgedBatches(() => this.nowMs);
  readonly notes = new Map<number, string>();
  readonly #registry = new Registry(recordingScope({ tallies: this.tallies }), [1], false);
  #number = 0;

  acknowledge(batches: number, refusals: Refusals = NONE): void {
    for (let i = 0; i < batches; i += 1) {
      const batch = new Batch(0, 0, undefined);
      const counter = this.#registry.counter('events').labels({});
      for (let j = 0; j < 3; j += 1) counter.inc();
      const histogram = this.#registry.histogram('took_ms').labels({});
      histogram.observe(1);
      for (const series of [counter, histogram]) batch.add(series as unknown as Series);
      batch.number = this.#number += 1;
      this.notes.set(batch.number, this.batches.noteWith(batch));
      batch.acknowledge(refusals, 0);
      this.batches.add(batch);
    }
  }

  /** What is lost of counters and histograms. */
  lost(lost: readonly { readonly tally: Tally; readonly recordings: number }[]): readonly number[] {
    return [this.tallies.counter, this.tallies.histogram].map(
      (tally) => lost.find((each) => each.tally === tally)?.recordings ?? 0,
    );
  }
}

describe('AcknowledgedBatches', () => {
  it('returns the kept batches, and counts the rest by type', () => {
    const book = new Book();
    book.acknowledge(5);
    book.nowMs += 3_600_000;
    book.acknowledge(2);
    const { kept, lost } = book.batches.rollBackTo(2, book.notes.get(2) ?? '');
    expect(kept.map(({ number }) => number)).toEqual([6, 7]);
    expect(book.lost(lost)).toEqual([9, 3]);
  });

  it('loses nothing when all batches are kept, with or without a note', () => {
    for (const withNote of [true, false]) {
      const book = new Book();
      book.acknowledge(5);
      const { kept, lost } = book.batches.rollBackTo(2, withNote ? (book.notes.get(2) ?? '') : '');
      expect(kept.map(({ number }) => number)).toEqual([3, 4, 5]);
      expect(book.lost(lost)).toEqual([0, 0]);
    }
  });

  it('counts exactly what is older than all it remembers, by the note', () => {
    const book = new Book();
    book.acknowledge(10);
    book.nowMs += 3_600_000;
    book.acknowledge(6000);
    book.nowMs += 3_600_000;
    const { kept, lost } = book.batches.rollBackTo(4, book.notes.get(4) ?? '');
    expect(kept).toEqual([]);
    expect(book.lost(lost)).toEqual([3 * 6006, 6006]);
  });

  it.each(['', '-', '1,x', '1.5', 'Infinity'])('counts what it remembers where the note is %j', (note) => {
    const book = new Book();
    book.acknowledge(10);
    book.nowMs += 3_600_000;
    expect(book.lost(book.batches.rollBackTo(4, note).lost)).toEqual([18, 6]);
    // What is counted once is not counted again.
    expect(book.lost(book.batches.rollBackTo(4, note).lost)).toEqual([0, 0]);
  });

  it('does not count as lost what had been refused', () => {
    const book = new Book();
    book.acknowledge(3);
    book.acknowledge(4, new Map([[1, 'wrong_redis_type']]));
    book.acknowledge(3);
    book.nowMs += 3_600_000;
    // Of the fourth batch the counter was refused, which the note could not say.
    expect(book.lost(book.batches.rollBackTo(4, book.notes.get(4) ?? '').lost)).toEqual([9, 6]);
    expect(book.lost(book.batches.rollBackToStart().lost)).toEqual([9, 4]);
  });

  it('finds again what had been lost', () => {
    const book = new Book();
    book.acknowledge(5);
    expect(book.lost(book.batches.clear())).toEqual([15, 5]);
    book.acknowledge(1);
    const { kept, lost } = book.batches.rollBackTo(4, book.notes.get(4) ?? '');
    expect(kept.map(({ number }) => number)).toEqual([6]);
    expect(book.lost(lost)).toEqual([-12, -4]);
  });

  it('gives nothing again of what was cleared', () => {
    const book = new Book();
    book.acknowledge(5);
    book.batches.clear();
    book.acknowledge(2);
    const { kept, lost } = book.batches.rollBackToStart();
    expect(kept.map(({ number }) => number)).toEqual([6, 7]);
    expect(book.lost(lost)).toEqual([0, 0]);
  });
});
