import { Copies, entriesOf, type Member } from '../entries/copies.js';
import type { TextPiece } from '../../text/text-piece.js';
import { FORMS, type ByForm, type Form } from '../form.js';
import { ChangedPositions } from './changed-positions.js';
import { KeptPieces, type PieceWriter } from './kept-pieces.js';
import type { SeriesColumns } from '../entries/series-columns.js';
import type { SeriesEntry } from '../entries/series-entry.js';

/**
 * Most series in a chunk. Small chunks waste compression and calls of zlib (40 µs each, measured); large ones are
 * compressed again for a single change.
 */
export const MAX_MEMBERS = 1024;

/** How the members of a chunk are rendered. */
export interface Rendering {
  readonly nowMs: number;
  /** For each form that is wanted. */
  readonly writers: ByForm<PieceWriter | undefined>;
}

/** Some neighbouring series of a group, rendered for each form and face. */
export class Chunk {
  /** See SeriesColumns. */
  readonly number: number;
  readonly members: Member[];
  /** When the newest of them was written; -Infinity when none has a timestamp. Right after `render`. */
  newestMs = Number.NEGATIVE_INFINITY;
  readonly #columns: SeriesColumns;
  #newest: Member | undefined;
  readonly #kept: Record<Form, KeptPieces | undefined> = { text: undefined, protobuf: undefined };
  readonly #changed = new ChangedPositions(MAX_MEMBERS);
  #isLaidOut = false;
  #hasExemplars = false;
  #dueMs = Number.POSITIVE_INFINITY;

  /** @param number above 0, and of no other chunk of the group */
  constructor(number: number, members: Member[], columns: SeriesColumns) {
    this.number = number;
    this.members = members;
    this.#columns = columns;
    for (const member of members) this.#own(member);
  }

  /** What a face shows in a form; undefined before `render`, for a form not asked for, and for a face that the group does not have. */
  piece(form: Form, face: number): TextPiece | undefined {
    return this.#kept[form]?.pieces[face];
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

  /** Notes that a key shows something else. */
  markChanged({ slot }: SeriesEntry): void {
    // Else all is written again, and members may have moved.
    if (this.#isLaidOut) this.#changed.add(this.#columns.position[slot] ?? 0);
  }

  /** Brings the forms that are wanted up to the moment: only what changed is written again. */
  render(rendering: Rendering): void {
    const { nowMs } = rendering;
    const isDue = nowMs >= this.#dueMs;
    if (!this.#isLaidOut) this.#layOut();
    else if (isDue) {
      this.members.forEach((member, index) => {
        if (dueMs(member, this.#columns) <= nowMs) this.#changed.add(index);
      });
    }
    const positions = this.#changed.positions();
    this.#noteExemplars(positions);
    this.#write(rendering, positions);
    if (!this.#isLaidOut || isDue || !this.#includeAll(positions, nowMs)) this.#summarize(rendering);
    this.#isLaidOut = true;
    this.#changed.clear();
  }

  /** Lets the lines be written anew where the first exemplar comes: now OpenMetrics has others than text. */
  #noteExemplars(changed: readonly number[]): void {
    const columns = this.#columns;
    if (this.#hasExemplars || !columns.knowExemplars) return;
    const has = (member: Member | undefined): boolean =>
      member !== undefined && entriesOf(member).some(({ slot }) => columns.hasExemplars(slot));
    this.#hasExemplars = this.#isLaidOut
      ? changed.some((index) => has(this.members[index]))
      : this.members.some((member) => has(member));
    if (this.#hasExemplars) this.#kept.text?.writeAnew();
  }

  #layOut(): void {
    for (const form of FORMS) this.#kept[form]?.writeAnew();
    this.members.forEach((member, index) => {
      for (const { slot } of entriesOf(member)) this.#columns.position[slot] = index;
    });
    this.#changed.clear();
  }

  #write({ writers }: Rendering, positions: readonly number[]): void {
    for (const form of FORMS) {
      const writer = writers[form];
      if (writer === undefined) {
        if (this.#kept[form]?.skip(positions) === true) this.#kept[form] = undefined;
        continue;
      }
      const kept = (this.#kept[form] ??= new KeptPieces(MAX_MEMBERS));
      kept.update(writer, { members: this.members, hasExemplars: this.#hasExemplars }, positions);
    }
  }

  /** @returns whether the summary goes on with them; otherwise it must be made again */
  #includeAll(positions: readonly number[], nowMs: number): boolean {
    let isSummary = true;
    for (const index of positions) {
      const member = this.members[index];
      if (member !== undefined && !this.#include(member, nowMs) && this.#newest === member) isSummary = false;
    }
    return isSummary;
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
