import { TextPiece } from '../../text/text-piece.js';
import type { Member } from '../entries/copies.js';
import type { PieceWriter } from './kept-pieces.js';

/** How a member becomes text. */
export interface MemberLines {
  /** Its lines for each face, see FACES. */
  readonly faces: (member: Member, hasExemplars: boolean) => string[];
  /** The value in its line where nothing else ever changes; undefined for others. */
  readonly value: (member: Member, hasExemplars: boolean) => number | undefined;
}

/** Members as lines. */
export function lineWriter({ faces, value }: MemberLines): PieceWriter {
  return {
    write({ members, hasExemplars }) {
      const texts = members.map((member) => faces(member, hasExemplars));
      const width = texts.reduce((most, { length }) => Math.max(most, length), 0);
      return Array.from({ length: width }, (_, face) => TextPiece.of(texts.map((all) => all[face] ?? '')));
    },
    rewrite(pieces, { members, hasExemplars }, positions) {
      const indexes: number[] = [];
      const values: number[] = [];
      const blocks: { readonly index: number; readonly texts: readonly string[] }[] = [];
      for (const index of positions) {
        const member = members[index];
        if (member === undefined) continue;
        const shown = value(member, hasExemplars);
        if (shown === undefined) blocks.push({ index, texts: faces(member, hasExemplars) });
        else {
          indexes.push(index);
          values.push(shown);
        }
      }
      return pieces.map((piece, face) => {
        const changed = values.length === 0 || face > 0 ? piece : piece.withValues(indexes, values);
        return blocks.length === 0
          ? changed
          : changed.with(blocks.map(({ index, texts }) => ({ index, text: texts[face] ?? '' })));
      });
    },
  };
}
