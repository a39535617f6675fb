import { Copies, entriesOf, type Member } from '../entries/copies.js';
import { TextPiece, type BlockChange } from '../../text/text-piece.js';
import type { SeriesColumns } from '../entries/series-columns.js';
import type { SeriesEntry } from '../entries/series-entry.js';

/**
 * Most series in a chunk. Small chunks waste compression and calls of zlib (40 µs each, measured); large ones are
 * compressed again for a single change.
 */
export const MAX_MEMBERS = 1024;

/** How the members of a chunk become text. */
export interface Rendering {
  readonly nowMs: number;
  /** The lines of a member for each face, see FACES. */
  readonly faces: (member: Member) => string[];
  /** The value in the line of a member where nothing else ever changes; undefined for others. */
  readonly value: (member: Member) => string | undefined;
}

/** Some neighbouring series of a group, their text kept for each face. */
export class Chunk {
  /** See SeriesColumns. */
  readonly number: number;
  readonly members: Member[];
  /** When the newest of them was written; -Infinity when none has a timestamp. Right after `render`. */
  newestMs = Number.NEGATIVE_INFINITY;
  readonly #columns: SeriesColumns;
  #newest: Member | undefined;
  #pieces: TextPiece[] = [];
  /** A bit for each position: whether what is shown there is to be written again. */
  readonly #changed = new Uint32Array(MAX_MEMBERS / 32);
  #hasChanged = false;
  #isLaidOut = false;
  #dueMs = Number.POSITIVE_INFINITY;

  /** @param number above 0, and of no other chunk of the group */
  constructor(number: number, members: Member[], columns: SeriesColumns) {
    this.number = number;
    this.members = members;
    this.#columns = columns;
    for (const member of members) this.#own(member);
  }

  /** The text of a face; undefined before `render`, and for a face that the group does not have. */
  piece(face: number): TextPiece | undefined {
    return this.#pieces[face];
  }

  /** Where the member with this key stands; -1 when there is none. */
  indexOf(entry: SeriesEntry): number {
    const position = this.#columns.position[entry.slot] ?? 0;
    if (this.members[position] === entry) return position;
    return this.members.findIndex(
      (member) => member === entry || (member instanceof Copies && member.entries.includes(entry)),
    );
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

  /** Lets the next `render` write all of it again. */
  layOutAnew(): void {
    this.#isLaidOut = false;
  }

  /** Notes that the member at `index` shows something else. */
  markChanged(index: number): void {
    const word = index >>> 5;
    this.#changed[word] = (this.#changed[word] ?? 0) | (1 << (index & 31));
    this.#hasChanged = true;
  }

  /** Brings the text up to the moment: only what changed is written again. */
  render(rendering: Rendering): void {
    const { nowMs } = rendering;
    if (!this.#isLaidOut) {
      this.#layOut(rendering);
      this.#summarize(rendering);
    } else if (nowMs >= this.#dueMs) {
      this.members.forEach((member, index) => {
        if (dueMs(member, this.#columns) <= nowMs) this.markChanged(index);
      });
      this.#patch(rendering);
      this.#summarize(rendering);
    } else if (this.#hasChanged && !this.#patch(rendering)) this.#summarize(rendering);
    this.#changed.fill(0);
    this.#hasChanged = false;
  }

  #layOut({ faces }: Rendering): void {
    const texts = this.members.map(faces);
    const width = texts.reduce((most, { length }) => Math.max(most, length), 0);
    this.#pieces = Array.from({ length: width }, (_, face) => TextPiece.of(texts.map((all) => all[face] ?? '')));
    this.members.forEach((member, index) => {
      for (const { slot } of entriesOf(member)) this.#columns.position[slot] = index;
    });
    this.#isLaidOut = true;
  }

  /** @returns whether the summary goes on with it; otherwise it must be made again */
  #patch({ faces, value, nowMs }: Rendering): boolean {
    const values: BlockChange[] = [];
    const blocks: { readonly index: number; readonly texts: readonly string[] }[] = [];
    let isSummary = true;
    for (const index of this.#changedPositions()) {
      const member = this.members[index];
      if (member === undefined) continue;
      const text = value(member);
      if (text === undefined) blocks.push({ index, texts: faces(member) });
      else values.push({ index, text });
      if (!this.#include(member, nowMs) && this.#newest === member) isSummary = false;
    }
    this.#pieces = this.#pieces.map((piece, face) => {
      const changed = values.length === 0 || face > 0 ? piece : piece.withValues(values);
      return blocks.length === 0
        ? changed
        : changed.with(blocks.map(({ index, texts }) => ({ index, text: texts[face] ?? '' })));
    });
    return isSummary;
  }

  /** In ascending order. */
  #changedPositions(): number[] {
    const positions: number[] = [];
    for (let word = 0; word < this.#changed.length; word += 1) {
      for (let left = this.#changed[word] ?? 0; left !== 0; left &= left - 1) {
        positions.push(32 * word + 31 - Math.clz32(left & -left));
      }
    }
    return positions;
  }

  #summarize({ nowMs }: Rendering): void {
    this.newestMs = Number.NEGATIVE_INFINITY;
    this.#newest = undefined;
    this.#dueMs = Number.POSITIVE_INFINITY;
    for (const member of this.members) this.#include(member, nowMs);
  }

  /** Takes a member into the summary; true when it is the newest. */
  #include(member: Member, nowMs: number): boolean {
    if (!(member instanceof Copies)) return this.#includeEntry(member, member, nowMs);
    let isNewest = false;
    for (const entry of member.entries) isNewest = this.#includeEntry(entry, member, nowMs) || isNewest;
    return isNewest;
  }

  #includeEntry({ slot }: SeriesEntry, member: Member, nowMs: number): boolean {
    const columns = this.#columns;
    const due = columns.dueMs(slot);
    if (due > nowMs && due < this.#dueMs) this.#dueMs = due;
    const timestampMs = columns.timestampMs[slot] ?? Number.NaN;
    if (!(timestampMs >= this.newestMs)) return false;
    this.newestMs = timestampMs;
    this.#newest = member;
    return true;
  }

  #own(member: Member): void {
    for (const { slot } of entriesOf(member)) this.#columns.chunk[slot] = this.number;
  }
}

function dueMs(member: Member, columns: SeriesColumns): number {
  return entriesOf(member).reduce((due, { slot }) => Math.min(due, columns.dueMs(slot)), Number.POSITIVE_INFINITY);
}
