import { MISSING_HELP, PERCENTILES, type FamilyRecord, type MetricType } from '@redmeter/metric-format';
import type { Chunk } from './lines/chunk.js';
import { FACES } from './lines/member-lines.js';
import type { TextPiece } from '../text/text-piece.js';

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

/** The families that some series are shown as: themselves, and for histograms those of their percentiles that have samples. */
export function shownFamilies(
  {
    name,
    type,
    record,
  }: {
    readonly name: string;
    readonly type: MetricType;
    readonly record: FamilyRecord | undefined;
  },
  chunks: readonly Chunk[],
  shared: readonly TextPiece[] = [],
): ShownFamily[] {
  const piecesOf = (face: number): TextPiece[] | undefined => {
    const kept: TextPiece[] = [];
    for (const chunk of chunks) {
      const piece = chunk.piece(face);
      if (piece !== undefined) kept.push(piece);
    }
    const ofShared = shared[face];
    if (ofShared !== undefined) kept.push(ofShared);
    return kept.length === 0 ? undefined : kept.filter(({ bytes }) => bytes.length > 0);
  };
  const pieces = piecesOf(FACES.main) ?? [];
  if (pieces.length === 0) return [];
  const shown: ShownFamily[] = [
    {
      name,
      type,
      help: record?.help ?? MISSING_HELP,
      unit: record?.unit,
      pieces,
      piecesWithCreated: piecesOf(FACES.withCreated),
    },
  ];
  if (type !== 'histogram') return shown;
  PERCENTILES.forEach(({ suffix, help }, i) => {
    const percentiles = piecesOf(FACES.percentiles[i] ?? -1) ?? [];
    if (percentiles.length === 0) return;
    shown.push({
      name: name + suffix,
      type: 'gauge',
      help: help.replace('%s', name),
      unit: undefined,
      pieces: percentiles,
      piecesWithCreated: undefined,
    });
  });
  return shown;
}
