import { escapeMetricName, isLegacyMetricName, type EscapingScheme, type MetricType } from '@redmeter/metric-format';
import { TakenNames } from '@redmeter/metric-reader';
import type { ShownFamily } from '../../series/shown-family.js';
import type { TextPiece } from '../../text/text-piece.js';
import type { Format } from '../format.js';
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
 * Escapes the names of families and labels that Prometheus 2 does not accept. Nothing is shown twice: names that stay as they are have
 * precedence, then the first; what would be another metric or series is left out and counted.
 */
export class EscapedFamilies {
  readonly #pieces = new EscapedPieces();

  escape(families: readonly ShownFamily[], { scheme, format, taken }: AnswerEscaping): EscapedAnswer {
    if (scheme === 'allow-utf-8' || !families.some(({ hasOtherNames }) => hasOtherNames)) {
      return { families, collisions: new Map(), leftOutByType: new Map() };
    }
    const names = new TakenNames();
    for (const name of taken) names.take(name, 'gauge');
    for (const { name, type, percentilesOf } of families) {
      if (percentilesOf === undefined && isLegacyMetricName(name)) names.take(name, type);
    }
    const collisions = new Map<string, number>();
    const leftOutByType = new Map<MetricType, number>();
    const shown: ShownFamily[] = [];
    /** Of the metric before, whose percentiles follow it. */
    let leftOut: ReadonlySet<string> | 'all' = NOTHING;
    for (const family of inOrder(families)) {
      const { type, percentilesOf } = family;
      const metric = percentilesOf ?? family.name;
      const name = escapeMetricName(metric, scheme);
      const escaping = { codec: format === 'protobuf' ? messageCodec : lineCodec, scheme, metric };
      if (percentilesOf === undefined) {
        leftOut = this.#leftOutOf(family, escaping, names);
        const count = leftOut === 'all' ? seriesIn(family, escaping) : leftOut.size;
        if (count > 0) {
          collisions.set(metric, count);
          leftOutByType.set(type, (leftOutByType.get(type) ?? 0) + count);
        }
        if (leftOut !== 'all' && name !== metric) names.take(name, type);
      }
      if (leftOut === 'all') continue;
      if (family.hasOtherNames !== true) shown.push(family);
      else {
        const help = percentilesOf === undefined ? family.help : family.help.replace(metric, name);
        shown.push({
          ...this.#escapePieces(family, escaping, leftOut),
          name: name + family.name.slice(metric.length),
          help,
        });
      }
    }
    return { families: shown.filter(hasPieces), collisions, leftOutByType };
  }

  #leftOutOf(family: ShownFamily, escaping: PieceEscaping, names: TakenNames): ReadonlySet<string> | 'all' {
    if (family.hasOtherNames !== true) return NOTHING;
    const { metric, scheme } = escaping;
    const name = escapeMetricName(metric, scheme);
    if (name !== metric && !names.areFree(name, family.type)) return 'all';
    const pieces = mainPieces(family, escaping);
    if (!this.#pieces.mayCollide(pieces, escaping)) return NOTHING;
    const leftOut = collidingSeries(pieces, escaping);
    return leftOut.size > 0 && leftOut.size === seriesIn(family, escaping) ? 'all' : leftOut;
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

/** Metrics whose names stay first, each with its percentiles after it. */
function inOrder(families: readonly ShownFamily[]): ShownFamily[] {
  const percentiles = new Map<string, ShownFamily[]>();
  for (const family of families) {
    const { percentilesOf } = family;
    if (percentilesOf !== undefined)
      percentiles.set(percentilesOf, [...(percentiles.get(percentilesOf) ?? []), family]);
  }
  const metrics = families.filter(({ percentilesOf }) => percentilesOf === undefined);
  const isLegacy = ({ name }: ShownFamily): boolean => isLegacyMetricName(name);
  return [...metrics.filter(isLegacy), ...metrics.filter((one) => !isLegacy(one))].flatMap((metric) => [
    metric,
    ...(percentiles.get(metric.name) ?? []),
  ]);
}

function mainPieces(family: ShownFamily, { codec }: PieceEscaping): readonly TextPiece[] {
  return codec === messageCodec ? (family.messages ?? []) : family.pieces;
}

function seriesIn(family: ShownFamily, escaping: PieceEscaping): number {
  const { encoding } = escaping.codec;
  return mainPieces(family, escaping).reduce((sum, piece) => sum + piece.blocks(encoding).filter(Boolean).length, 0);
}

function hasPieces({ pieces, messages }: ShownFamily): boolean {
  return pieces.length > 0 || (messages ?? []).length > 0;
}
