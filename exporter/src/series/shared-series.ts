import { compareBytes, type MergedCopies } from '@redmeter/metric-reader';
import { TextPiece } from '../text/text-piece.js';
import { encodeLabels, metricBlock } from '../protobuf/metric-block.js';
import { FORMS, type ByForm, type Form } from './form.js';
import { labelsOf } from './lines/member-labels.js';
import { facesOf, mergeRecords, recordsOf, type OpenMetricsExtras } from './lines/member-lines.js';
import { valuesOf } from './lines/member-messages.js';
import type { SeriesGroup } from './lines/series-group.js';

/** The series of one name and type in one table. */
export interface GroupPart {
  readonly group: SeriesGroup;
  /** The time by which its histograms are shown, in milliseconds since the epoch. */
  readonly nowMs: number;
  /** Whether it cannot be shown, as what it holds cannot be read now. */
  readonly isMissing: boolean;
}

/** What is in several groups as one series. */
export interface SharedLines {
  /** What stands for them, by form and face. */
  readonly pieces: ByForm<readonly TextPiece[]>;
  readonly seriesCount: number;
  readonly copies: Pick<MergedCopies, 'duplicates' | 'boundsMismatches'>;
}

const NONE: ReadonlySet<string> = new Set();
const NO_LINES: SharedLines = {
  pieces: { text: [], protobuf: [] },
  seriesCount: 0,
  copies: { duplicates: 0, boundsMismatches: 0 },
};

/**
 * Series of one family that several tables hold: keys that mean the same on two nodes of a cluster. Each is shown once,
 * as the keys of one table that mean the same are, and not at all while a part of it cannot be read: a sum without that
 * part would fall, and rise again by all of it.
 */
export class SharedSeries {
  #parts: readonly { readonly group: SeriesGroup; readonly layout: number }[] = [];
  #labels: ReadonlySet<string> = NONE;

  /** Finds them, hides them in their groups, and renders them. The groups are settled. */
  lines(parts: readonly GroupPart[], withCreated: boolean, forms: ReadonlySet<Form>): SharedLines {
    const isSame =
      parts.length === this.#parts.length &&
      parts.every(({ group }, i) => group === this.#parts[i]?.group && group.layout === this.#parts[i].layout);
    if (!isSame) {
      this.#parts = parts.map(({ group }) => ({ group, layout: group.layout }));
      this.#labels = parts.length > 1 ? labelsInSeveral(parts) : NONE;
    }
    for (const { group } of parts) group.hide(this.#labels);
    return this.#labels.size === 0 ? NO_LINES : linesOf(parts, this.#labels, withCreated, forms);
  }
}

function labelsInSeveral(parts: readonly GroupPart[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const { group } of parts) {
    for (const labels of group.labels()) {
      if (seen.has(labels)) shared.add(labels);
      else seen.add(labels);
    }
  }
  return shared.size === 0 ? NONE : shared;
}

function linesOf(
  parts: readonly GroupPart[],
  labels: ReadonlySet<string>,
  withCreated: boolean,
  forms: ReadonlySet<Form>,
): SharedLines {
  // There are hardly any of them, so all have lines of their own for OpenMetrics.
  const extras: OpenMetricsExtras = { withCreated };
  const blocks: Record<Form, (readonly string[])[]> = { text: [], protobuf: [] };
  let seriesCount = 0;
  const copies = { duplicates: 0, boundsMismatches: 0 };
  for (const text of [...labels].sort(compareBytes)) {
    const found = parts.flatMap(({ group, nowMs, isMissing }) => {
      const member = group.find(text);
      return member === undefined ? [] : [{ group, nowMs, isMissing, member }];
    });
    const [first] = found;
    if (first === undefined || found.some(({ isMissing }) => isMissing)) continue;
    const records = found.flatMap(({ group, member, nowMs }) => recordsOf(group, member, nowMs));
    const merged = mergeRecords(records, Math.max(...found.map(({ nowMs }) => nowMs)));
    if (merged === undefined) continue;
    copies.duplicates += merged.duplicates;
    copies.boundsMismatches += merged.boundsMismatches;
    seriesCount += 1;
    if (forms.has('text')) blocks.text.push(facesOf(first.group.name, text, merged.value, extras));
    if (forms.has('protobuf')) {
      const fields = encodeLabels(labelsOf(first.member, first.group.source));
      blocks.protobuf.push(valuesOf(merged.value).map((value) => (value === '' ? '' : metricBlock(fields, value))));
    }
  }
  return { pieces: piecesOf(blocks), seriesCount, copies };
}

function piecesOf(blocks: ByForm<readonly (readonly string[])[]>): ByForm<readonly TextPiece[]> {
  const pieces: Record<Form, readonly TextPiece[]> = { text: [], protobuf: [] };
  for (const form of FORMS) {
    const width = blocks[form].reduce((most, { length }) => Math.max(most, length), 0);
    pieces[form] = Array.from({ length: width }, (_, face) =>
      TextPiece.of(
        blocks[form].map((faces) => faces[face] ?? ''),
        form === 'text' ? 'utf8' : 'latin1',
      ),
    );
  }
  return pieces;
}
