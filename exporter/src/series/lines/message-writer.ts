import { labelRange, metricBlock } from '../../protobuf/metric-block.js';
import { numberPlace, type NumberSample } from '../../protobuf/number-place.js';
import { TextPiece, type BlockChange } from '../../text/text-piece.js';
import type { Member } from '../entries/copies.js';
import type { PieceWriter } from './kept-pieces.js';

/** How a member becomes messages, one character a byte. */
export interface MemberMessages {
  /** Its labels, see encodeLabels. */
  readonly labels: (member: Member) => string;
  /** What stands after the labels, for each face; empty where the face does not have the series. */
  readonly values: (member: Member) => readonly string[];
  /** The sample of a member that has one number and one face; undefined for others. */
  readonly sample: (member: Member) => NumberSample | undefined;
}

/** What a face does not have. */
const NOTHING = '';

/** Members as messages. The labels of one that changes are taken from the bytes that it has. */
export function messageWriter({ labels, values, sample }: MemberMessages): PieceWriter {
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
      const { changed, others } = writeNumbers(pieces, members, positions, sample);
      return others.length === 0 ? changed : writeValues(changed, members, others, { labels, values });
    },
  };
}

/** Writes the numbers of members of which nothing else has changed in their places, a tenth of the time of their messages. */
function writeNumbers(
  pieces: readonly TextPiece[],
  members: readonly Member[],
  positions: readonly number[],
  sample: MemberMessages['sample'],
): { readonly changed: TextPiece[]; readonly others: readonly number[] } {
  const indexes: number[] = [];
  const places: number[] = [];
  const numbers: number[] = [];
  const others: number[] = [];
  const [main, ...rest] = pieces;
  for (const index of positions) {
    const member = members[index];
    const shown = member && sample(member);
    const place = shown && main && placeIn(main, index, shown);
    if (shown === undefined || place === undefined) others.push(index);
    else {
      indexes.push(index);
      places.push(place);
      numbers.push(shown.value);
    }
  }
  const changed = main === undefined ? [] : [main.withDoubles(indexes, places, numbers), ...rest];
  return { changed, others };
}

function placeIn(piece: TextPiece, index: number, shown: NumberSample): number | undefined {
  const { start, end } = piece.rangeOf(index);
  return numberPlace(piece.bytes, start, end, shown);
}

function writeValues(
  pieces: readonly TextPiece[],
  members: readonly Member[],
  positions: readonly number[],
  { labels, values }: Pick<MemberMessages, 'labels' | 'values'>,
): TextPiece[] {
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
}

function blockOf(labels: string, value: string | undefined): string {
  return value === undefined || value === NOTHING ? NOTHING : metricBlock(labels, value);
}
