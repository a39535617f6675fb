import { labelRange, metricBlock } from '../../protobuf/metric-block.js';
import { TextPiece, type BlockChange } from '../../text/text-piece.js';
import type { Member } from '../entries/copies.js';
import type { PieceWriter } from './kept-pieces.js';

/** How a member becomes messages, one character a byte. */
export interface MemberMessages {
  /** Its labels, see encodeLabels. */
  readonly labels: (member: Member) => string;
  /** What stands after the labels, for each face; empty where the face does not have the series. */
  readonly values: (member: Member) => readonly string[];
}

/** What a face does not have. */
const NOTHING = '';

/** Members as messages. The labels of one that changes are taken from the bytes that it has. */
export function messageWriter({ labels, values }: MemberMessages): PieceWriter {
  return {
    write({ members }) {
      const all = members.map((member) => ({ labels: labels(member), values: values(member) }));
      const width = all.reduce((most, one) => Math.max(most, one.values.length), 0);
      return Array.from({ length: width }, (_, face) =>
        TextPiece.of(
          all.map((one) => blockOf(one.labels, one.values[face])),
          'latin1',
        ),
      );
    },
    rewrite(pieces, { members }, positions) {
      const ends: BlockChange[][] = pieces.map(() => []);
      const blocks: BlockChange[][] = pieces.map(() => []);
      for (const index of positions) {
        const member = members[index];
        if (member === undefined) continue;
        const next = values(member);
        pieces.forEach((piece, face) => {
          const value = next[face] ?? NOTHING;
          const { start, end } = piece.rangeOf(index);
          const known = start === end ? undefined : labelRange(piece.bytes, start);
          if (known !== undefined && end - known.end === value.length) ends[face]?.push({ index, text: value });
          else if (value === NOTHING) blocks[face]?.push({ index, text: NOTHING });
          else {
            const text = known === undefined ? labels(member) : piece.bytes.toString('latin1', known.start, known.end);
            blocks[face]?.push({ index, text: metricBlock(text, value) });
          }
        });
      }
      return pieces.map((piece, face) => {
        const [same = [], other = []] = [ends[face], blocks[face]];
        const changed = same.length === 0 ? piece : piece.withEnds(same);
        return other.length === 0 ? changed : changed.with(other);
      });
    },
  };
}

function blockOf(labels: string, value: string | undefined): string {
  return value === undefined || value === NOTHING ? NOTHING : metricBlock(labels, value);
}
