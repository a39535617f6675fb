import type { Member } from '../entries/copies.js';
import type { TextPiece } from '../../text/text-piece.js';
import { ChangedPositions } from './changed-positions.js';

/** Some members that stand side by side. */
export interface MemberList {
  readonly members: readonly Member[];
  /** Whether one of them has or had exemplars, so that all have lines of their own for OpenMetrics. */
  readonly hasExemplars: boolean;
}

/** How members become one form of an answer. */
export interface PieceWriter {
  /** Writes all members, a piece for each face, with a block for each member. */
  write(list: MemberList): TextPiece[];
  /** Writes those again whose positions are given in ascending order. */
  rewrite(pieces: readonly TextPiece[], list: MemberList, positions: readonly number[]): TextPiece[];
}

/** Renderings that go by without a form until its pieces are let go. */
const MAX_UNUSED = 100;

/** The pieces of one form of some members, and which of these have changed since they were written. */
export class KeptPieces {
  #pieces: readonly TextPiece[] = [];
  readonly #behind: ChangedPositions;
  #isWritten = false;
  #unused = 0;

  /** @param maxMembers most members there are */
  constructor(maxMembers: number) {
    this.#behind = new ChangedPositions(maxMembers);
  }

  /** By face. */
  get pieces(): readonly TextPiece[] {
    return this.#pieces;
  }

  /** Lets the next `update` write all of it again. */
  writeAnew(): void {
    this.#isWritten = false;
  }

  /** Brings the pieces up to the moment, where the members at these positions have changed since the last rendering. */
  update(writer: PieceWriter, list: MemberList, changed: readonly number[]): void {
    this.#unused = 0;
    if (!this.#isWritten) {
      this.#pieces = writer.write(list);
      this.#isWritten = true;
    } else {
      let positions = changed;
      if (!this.#behind.isEmpty) {
        for (const position of changed) this.#behind.add(position);
        positions = this.#behind.positions();
      }
      if (positions.length > 0) this.#pieces = writer.rewrite(this.#pieces, list, positions);
    }
    this.#behind.clear();
  }

  /** Notes a rendering for which nobody asked for this form. True when it was not asked for in a long time. */
  skip(changed: readonly number[]): boolean {
    for (const position of changed) this.#behind.add(position);
    this.#unused += 1;
    return this.#unused > MAX_UNUSED;
  }
}
