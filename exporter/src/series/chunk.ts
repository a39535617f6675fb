import { compareBytes } from '@redmeter/metric-reader';
import { Copies, entriesOf, type Member } from './copies.js';
import { TextPiece } from '../exposition/text-piece.js';
import type { SeriesColumns } from './series-columns.js';
import type { SeriesEntry } from './series-entry.js';

/**
 * Most series in a chunk. Small chunks waste compression and calls of zlib (40 µs each, measured); large ones are
 * compressed again for a single change.
 */
export const MOST_MEMBERS = 1024;

/** Some neighbouring series of a group, their text kept for each face. */
export class Chunk {
  readonly members: Member[];
  /** When the newest of them was written; -Infinity when none says. Right after `render`. */
  newestMs = Number.NEGATIVE_INFINITY;
  #pieces: TextPiece[] = [];
  #changed = new Set<Member>();
  #isLaidOut = false;
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(members: Member[]) {
    this.members = members;
    for (const member of members) this.#own(member);
  }

  /** The text of a face; undefined before `render`, and for a face that the group does not have. */
  piece(face: number): TextPiece | undefined {
    return this.#pieces[face];
  }

  /** Where the member with these labels stands, or where it would, as -index - 1. */
  indexOf(labels: string): number {
    let low = 0;
    let high = this.members.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = compareBytes(this.members[middle]?.labels ?? '', labels);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return -low - 1;
  }

  /** Where a member of this chunk stands. */
  positionOf(member: Member): number {
    return this.members[member.position] === member ? member.position : this.indexOf(member.labels);
  }

  /** Puts a new key in at `index`. */
  insert(index: number, entry: SeriesEntry): void {
    this.members.splice(index, 0, entry);
    this.#own(entry);
    this.#isLaidOut = false;
  }

  /** Takes the member at `index` out and puts others with the same labels in its place. */
  replace(index: number, members: Member[]): void {
    this.members.splice(index, 1, ...members);
    for (const member of members) this.#own(member);
    this.#isLaidOut = false;
  }

  /** Notes that a member shows something else. */
  markChanged(member: Member): void {
    this.#changed.add(member);
  }

  /** Brings the text up to the moment: only what changed is written anew. */
  render(
    faces: (member: Member) => string[],
    { nowMs, columns }: { readonly nowMs: number; readonly columns: SeriesColumns },
  ): void {
    if (this.#isLaidOut && nowMs >= this.#dueMs) {
      for (const member of this.members) if (dueMs(member, columns) <= nowMs) this.#changed.add(member);
    }
    if (this.#isLaidOut && this.#changed.size === 0) return;
    if (!this.#isLaidOut || this.#changed.size > this.members.length / 2) {
      const texts: string[][] = this.members.map(faces);
      const width = texts.reduce((most, { length }) => Math.max(most, length), 0);
      this.#pieces = Array.from({ length: width }, (_, face) => TextPiece.of(texts.map((all) => all[face] ?? '')));
    } else this.#patch(faces);
    this.#changed.clear();
    this.#isLaidOut = true;
    this.#summarize(columns, nowMs);
  }

  #patch(faces: (member: Member) => string[]): void {
    const changes = [...this.#changed].map((member) => ({
      index: this.positionOf(member),
      texts: faces(member),
    }));
    changes.sort((a, b) => a.index - b.index);
    this.#pieces = this.#pieces.map((piece, face) =>
      piece.with(changes.map(({ index, texts }) => ({ index, text: texts[face] ?? '' }))),
    );
  }

  #summarize(columns: SeriesColumns, nowMs: number): void {
    this.newestMs = Number.NEGATIVE_INFINITY;
    this.#dueMs = Number.POSITIVE_INFINITY;
    // Plain loops: this runs over thousands of series in a scrape, and what an iterator leaves behind costs more than it.
    for (let position = 0; position < this.members.length; position += 1) {
      const member = this.members[position];
      if (member === undefined) continue;
      member.position = position;
      if (member instanceof Copies) for (const { slot } of member.entries) this.#include(slot, columns, nowMs);
      else this.#include(member.slot, columns, nowMs);
    }
  }

  #include(slot: number, columns: SeriesColumns, nowMs: number): void {
    const timestampMs = columns.timestampMs[slot] ?? Number.NaN;
    if (timestampMs > this.newestMs) this.newestMs = timestampMs;
    const due = columns.dueMs[slot] ?? Number.POSITIVE_INFINITY;
    if (due > nowMs && due < this.#dueMs) this.#dueMs = due;
  }

  #own(member: Member): void {
    member.chunk = this;
    for (const entry of entriesOf(member)) entry.chunk = this;
  }
}

function dueMs(member: Member, columns: SeriesColumns): number {
  return entriesOf(member).reduce(
    (due, { slot }) => Math.min(due, columns.dueMs[slot] ?? Number.POSITIVE_INFINITY),
    Number.POSITIVE_INFINITY,
  );
}
