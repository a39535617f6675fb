import {
  familyHelp,
  percentileHelp,
  PERCENTILES,
  type Percentile,
  type FamilyRecord,
  type MetricType,
} from '@redmeter/metric-format';
import type { Chunk } from './lines/chunk.js';
import type { ByForm, Form } from './form.js';
import { FACES } from './lines/member-lines.js';
import type { TextPiece } from '../text/text-piece.js';

/** A family as it is shown: what stands in its header, and its series. Pieces are written over by the next reading, see TextPiece. */
export interface ShownFamily {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly unit: string | undefined;
  /** Its lines, in pieces; none is empty. There are none where text is not wanted. */
  readonly pieces: readonly TextPiece[];
  /** The same for OpenMetrics, where that shows exemplars or `_created` lines; undefined where it shows the same. */
  readonly openMetrics: readonly TextPiece[] | undefined;
  /** Its messages, in pieces; none is empty. Undefined where they are not wanted. */
  readonly messages?: readonly TextPiece[] | undefined;
  /** Whether its name or a label name may be none that Prometheus 2 accepts. Default no. */
  readonly hasOtherNames?: boolean;
  /** Of which histogram it has which percentile. */
  readonly percentilesOf?: { readonly name: string; readonly percentile: Percentile };
}

/**
 * The families that some series are shown as: themselves, and for histograms those of their percentiles that have samples.
 * @param forms those that are wanted
 */
export function shownFamilies(
  {
    name,
    type,
    record,
    hasOtherNames = false,
  }: {
    readonly name: string;
    readonly type: MetricType;
    readonly record: FamilyRecord | undefined;
    readonly hasOtherNames?: boolean;
  },
  forms: ReadonlySet<Form>,
  chunks: readonly Chunk[],
  shared: ByForm<readonly TextPiece[]> = { text: [], protobuf: [] },
): ShownFamily[] {
  const piecesOf = (form: Form, face: number): TextPiece[] | undefined => {
    if (!forms.has(form)) return undefined;
    const kept: TextPiece[] = [];
    for (const chunk of chunks) {
      const piece = chunk.piece(form, face);
      if (piece !== undefined) kept.push(piece);
    }
    const ofShared = shared[form][face];
    if (ofShared !== undefined) kept.push(ofShared);
    return kept.length === 0 ? undefined : kept.filter(({ bytes }) => bytes.length > 0);
  };
  const contents = (face: number): Pick<ShownFamily, 'pieces' | 'messages'> | undefined => {
    const pieces = piecesOf('text', face) ?? [];
    const messages = piecesOf('protobuf', face);
    return pieces.length === 0 && (messages ?? []).length === 0 ? undefined : { pieces, messages };
  };
  const main = contents(FACES.main);
  if (main === undefined) return [];
  const openMetrics = piecesForOpenMetrics(chunks, shared.text, forms);
  const shown: ShownFamily[] = [
    { name, type, help: familyHelp(record), unit: record?.unit, ...main, openMetrics, hasOtherNames },
  ];
  if (type !== 'histogram') return shown;
  PERCENTILES.forEach((percentile, i) => {
    const percentiles = contents(FACES.percentiles[i] ?? -1);
    if (percentiles === undefined) return;
    shown.push({
      name: name + percentile.suffix,
      type: 'gauge',
      help: percentileHelp(percentile, name),
      unit: undefined,
      ...percentiles,
      openMetrics: undefined,
      hasOtherNames,
      percentilesOf: { name, percentile },
    });
  });
  return shown;
}

/** Chunks without lines of their own for OpenMetrics show there what they show in text. */
function piecesForOpenMetrics(
  chunks: readonly Chunk[],
  shared: readonly TextPiece[],
  forms: ReadonlySet<Form>,
): TextPiece[] | undefined {
  const { main, openMetrics } = FACES;
  const hasOwn = chunks.some((chunk) => chunk.piece('text', openMetrics) !== undefined);
  if (!forms.has('text') || (!hasOwn && shared[openMetrics] === undefined)) return undefined;
  const pieces = [
    ...chunks.map((chunk) => chunk.piece('text', openMetrics) ?? chunk.piece('text', main)),
    shared[openMetrics] ?? shared[main],
  ];
  return pieces.filter((piece) => piece !== undefined && piece.bytes.length > 0) as TextPiece[];
}
