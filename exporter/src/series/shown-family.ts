import { MISSING_HELP, PERCENTILES } from '@redmeter/metric-format';
import type { Family } from './family.js';
import { FACES } from './member-text.js';
import type { SeriesGroup } from './series-group.js';
import type { TextPiece } from '../exposition/text-piece.js';

/** A family as it is shown: what stands in its header, and its lines. */
export interface ShownFamily {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly unit: string | undefined;
  /** Its lines, in pieces; none is empty. Written over by the next reading, see TextPiece. */
  readonly pieces: readonly TextPiece[];
  /** The same with `_created` lines, where those are kept. */
  readonly piecesWithCreated: readonly TextPiece[] | undefined;
}

/** The families that a group is shown as: itself, and for a histogram those of its percentiles that have samples. */
export function shownFamilies({ name, record }: Family, group: SeriesGroup): ShownFamily[] {
  const { type } = group;
  const shown: ShownFamily[] = [
    {
      name,
      type,
      help: record?.help ?? MISSING_HELP,
      unit: record?.unit,
      pieces: piecesOf(group, FACES.main) ?? [],
      piecesWithCreated: piecesOf(group, FACES.withCreated),
    },
  ];
  if (type !== 'histogram') return shown;
  PERCENTILES.forEach(({ suffix, help }, i) => {
    const pieces = piecesOf(group, FACES.percentiles[i] ?? -1) ?? [];
    if (pieces.length === 0) return;
    shown.push({
      name: name + suffix,
      type: 'gauge',
      help: help.replace('%s', name),
      unit: undefined,
      pieces,
      piecesWithCreated: undefined,
    });
  });
  return shown;
}

function piecesOf({ chunks }: SeriesGroup, face: number): TextPiece[] | undefined {
  const pieces = chunks.flatMap((chunk) => chunk.piece(face) ?? []);
  return pieces.length === 0 ? undefined : pieces.filter(({ bytes }) => bytes.length > 0);
}
