import { percentileHelp, type EscapingScheme, type MetricType } from '@redmeter/metric-format';
import { escapeMetrics } from '@redmeter/metric-reader';
import type { ShownFamily } from '../../series/shown-family.js';
import type { TextPiece } from '../../text/text-piece.js';
import type { Format } from '../format.js';
import type { BlockCodec } from './block-codec.js';
import { collidingSeries, EscapedPieces, type PieceEscaping } from './escaped-pieces.js';
import { lineCodec } from './line-codec.js';
import { messageCodec } from './message-codec.js';

/** Families with escaped names. */
export interface EscapedAnswer {
  readonly families: readonly ShownFamily[];
  /** By metric, not escaped: how many series are left out since, escaped, they are others. */
  readonly collisions: ReadonlyMap<string, number>;
  /** The same by type. */
  readonly leftOutByType: ReadonlyMap<MetricType, number>;
}

/** How the families of one answer are escaped. */
export interface AnswerEscaping {
  readonly scheme: EscapingScheme;
  readonly format: Format;
  /** Names of other families of the answer. */
  readonly taken: Iterable<string>;
}

const NOTHING: ReadonlySet<string> = new Set();

/**
 * Escapes the names of families and labels that Prometheus 2 does not accept. Nothing is shown twice: what would be another metric or
 * series is left out and counted, see `escapeMetrics`.
 */
export class EscapedFamilies {
  readonly #pieces = new EscapedPieces();

  escape(families: readonly ShownFamily[], { scheme, format, taken }: AnswerEscaping): EscapedAnswer {
    if (scheme === 'allow-utf-8' || !families.some(({ hasOtherNames }) => hasOtherNames)) {
      return { families, collisions: new Map(), leftOutByType: new Map() };
    }
    const codec = format === 'protobuf' ? messageCodec : lineCodec;
    const metrics = families.filter(({ percentilesOf }) => percentilesOf === undefined);
    const percentiles = percentilesByMetric(families);
    const { shown, collisions } = escapeMetrics(
      metrics,
      scheme,
      {
        countSeries: (family) => countSeries(family, codec),
        escapeSeries: (family) => this.#leaveOut(family, { codec, scheme, metric: family.name }),
      },
      taken,
    );
    const escaped = shown.flatMap(({ metric, name, series: leftOut }) => {
      const escaping = { codec, scheme, metric: metric.name };
      return [metric, ...(percentiles.get(metric.name) ?? [])].map((family): ShownFamily =>
        family.hasOtherNames === true
          ? { ...this.#escapePieces(family, escaping, leftOut), ...describe(family, name) }
          : family,
      );
    });
    const leftOutByType = new Map<MetricType, number>();
    for (const { name, type } of metrics) {
      const count = collisions.get(name);
      if (count !== undefined) leftOutByType.set(type, (leftOutByType.get(type) ?? 0) + count);
    }
    return { families: escaped.filter(hasPieces), collisions, leftOutByType };
  }

  /** Which series of a metric are left out, by the text of their labels; undefined: all. */
  #leaveOut(
    family: ShownFamily,
    escaping: PieceEscaping,
  ): { series: ReadonlySet<string> | undefined; leftOut: number } {
    const pieces = mainPieces(family, escaping.codec);
    if (family.hasOtherNames !== true || !this.#pieces.mayCollide(pieces, escaping)) {
      return { series: NOTHING, leftOut: 0 };
    }
    const leftOut = collidingSeries(pieces, escaping);
    const isNoneLeft = leftOut.size > 0 && leftOut.size === countSeries(family, escaping.codec);
    return { series: isNoneLeft ? undefined : leftOut, leftOut: leftOut.size };
  }

  #escapePieces(family: ShownFamily, escaping: PieceEscaping, leftOut: ReadonlySet<string>): ShownFamily {
    const escape = (pieces: readonly TextPiece[]): TextPiece[] =>
      this.#pieces.escape(pieces, escaping, leftOut).filter(({ bytes }) => bytes.length > 0);
    if (escaping.codec === messageCodec) return { ...family, messages: escape(family.messages ?? []) };
    const { pieces, openMetrics } = family;
    return {
      ...family,
      pieces: escape(pieces),
      openMetrics: openMetrics === undefined ? undefined : escape(openMetrics),
    };
  }
}

/** The name and the help of a family whose metric has another name. @param name of the metric */
function describe({ help, percentilesOf }: ShownFamily, name: string): Pick<ShownFamily, 'name' | 'help'> {
  if (percentilesOf === undefined) return { name, help };
  const { percentile } = percentilesOf;
  return { name: name + percentile.suffix, help: percentileHelp(percentile, name) };
}

function percentilesByMetric(families: readonly ShownFamily[]): Map<string, ShownFamily[]> {
  const percentiles = new Map<string, ShownFamily[]>();
  for (const family of families) {
    const metric = family.percentilesOf?.name;
    if (metric !== undefined) percentiles.set(metric, [...(percentiles.get(metric) ?? []), family]);
  }
  return percentiles;
}

function mainPieces(family: ShownFamily, codec: BlockCodec): readonly TextPiece[] {
  return codec === messageCodec ? (family.messages ?? []) : family.pieces;
}

function countSeries(family: ShownFamily, codec: BlockCodec): number {
  return mainPieces(family, codec).reduce((sum, piece) => sum + piece.blocks(codec.encoding).filter(Boolean).length, 0);
}

function hasPieces({ pieces, messages }: ShownFamily): boolean {
  return pieces.length > 0 || (messages ?? []).length > 0;
}
