import {
  escapeLabelName,
  escapeMetricName,
  isPlainName,
  isReservedLabelName,
  type EscapingScheme,
  type Label,
} from '@redmeter/metric-format';
import { compareBytes } from '@redmeter/metric-reader';
import { TextPiece } from '../../text/text-piece.js';
import type { BlockCodec, Renaming } from './block-codec.js';

/** A piece with the names that a scheme gives it, while its bytes are the same. */
interface KnownPiece {
  readonly scheme: EscapingScheme;
  readonly metric: string;
  readonly bytes: Buffer;
  readonly escaped: TextPiece;
  /** The label names of its series as text: as they are, by what they are when escaped. */
  readonly shapes: ReadonlyMap<string, string>;
  /** Whether all series have label names of their own when escaped. */
  readonly isClear: boolean;
}

/** How the pieces of a family are escaped. */
export interface PieceEscaping {
  readonly codec: BlockCodec;
  readonly scheme: EscapingScheme;
  /** The name of the metric, not escaped. */
  readonly metric: string;
}

/** Escapes pieces, each again only when its bytes are others. */
export class EscapedPieces {
  readonly #known = new WeakMap<TextPiece, KnownPiece>();

  /** Whether two series of these pieces may be alike when escaped, or one cannot be. */
  mayCollide(pieces: readonly TextPiece[], escaping: PieceEscaping): boolean {
    const shapes = new Map<string, string>();
    for (const piece of pieces) {
      const known = this.#escape(piece, escaping);
      if (!known.isClear) return true;
      for (const [escaped, shape] of known.shapes) {
        if ((shapes.get(escaped) ?? shape) !== shape) return true;
        shapes.set(escaped, shape);
      }
    }
    return false;
  }

  /** The pieces escaped, without series that are left out. */
  escape(pieces: readonly TextPiece[], escaping: PieceEscaping, leftOut: ReadonlySet<string>): TextPiece[] {
    if (leftOut.size === 0) return pieces.map((piece) => this.#escape(piece, escaping).escaped);
    const { codec } = escaping;
    const renaming = renamingOf(escaping);
    return pieces.map((piece) => {
      const kept = blocksOf(piece, codec).filter((block) => !leftOut.has(identityOf(codec.labelsOf(block))));
      return TextPiece.of(
        kept.map((block) => codec.rename(block, renaming)),
        codec.encoding,
      );
    });
  }

  #escape(piece: TextPiece, escaping: PieceEscaping): KnownPiece {
    const { codec, scheme, metric } = escaping;
    const known = this.#known.get(piece);
    if (known?.scheme === scheme && known.metric === metric && known.bytes.equals(piece.bytes)) return known;
    const blocks = blocksOf(piece, codec);
    const renaming = renamingOf(escaping);
    const shapes = new Map<string, string>();
    let isClear = true;
    for (const block of blocks) {
      const labels = codec.labelsOf(block);
      const shape = JSON.stringify(labels.map(([name]) => name));
      const escaped = escapedLabels(labels, scheme);
      if (escaped === undefined) isClear = false;
      const shown = JSON.stringify(escaped?.map(([name]) => name));
      isClear &&= (shapes.get(shown) ?? shape) === shape;
      shapes.set(shown, shape);
    }
    const escaped = TextPiece.of(
      blocks.map((block) => codec.rename(block, renaming)),
      codec.encoding,
    );
    const fresh = { scheme, metric, bytes: Buffer.from(piece.bytes), escaped, shapes, isClear };
    this.#known.set(piece, fresh);
    return fresh;
  }
}

/**
 * Which series are left out, by their identity: those whose label names are alike or reserved when escaped, and those that are then
 * another one. Plain names have precedence, then the first.
 */
export function collidingSeries(
  pieces: readonly TextPiece[],
  { codec, scheme }: Pick<PieceEscaping, 'codec' | 'scheme'>,
): Set<string> {
  const all = pieces.flatMap((piece) => blocksOf(piece, codec).map((block) => codec.labelsOf(block)));
  const isPlain = (labels: readonly Label[]): boolean => labels.every(([name]) => isPlainName(name));
  const taken = new Set(all.filter(isPlain).map(identityOf));
  const leftOut = new Set<string>();
  for (const labels of all) {
    if (isPlain(labels)) continue;
    const escaped = escapedLabels(labels, scheme);
    const identity = escaped === undefined ? undefined : identityOf(escaped);
    if (identity === undefined || taken.has(identity)) leftOut.add(identityOf(labels));
    else taken.add(identity);
  }
  return leftOut;
}

/** Labels with escaped names, sorted; undefined where two are alike then, or one is reserved. */
function escapedLabels(labels: readonly Label[], scheme: EscapingScheme): readonly Label[] | undefined {
  const escaped = labels.map(([name, value]): Label => [escapeLabelName(name, scheme), value]);
  const names = new Set(escaped.map(([name]) => name));
  const isBad = names.size < escaped.length || labels.some(([name], i) => isReservedThen(name, escaped[i]?.[0] ?? ''));
  return isBad ? undefined : escaped.sort(([a], [b]) => compareBytes(a, b));
}

/** Labels that the exporter adds may be reserved ones. */
function isReservedThen(name: string, escaped: string): boolean {
  return name !== escaped && isReservedLabelName(escaped);
}

function identityOf(labels: readonly Label[]): string {
  return JSON.stringify(labels);
}

function blocksOf(piece: TextPiece, { encoding }: BlockCodec): string[] {
  return piece.blocks(encoding).filter((block) => block !== '');
}

function renamingOf({ scheme, metric }: PieceEscaping): Renaming {
  const escaped = escapeMetricName(metric, scheme);
  return {
    // What a metric derives is named after what the metric is called.
    metric: (name) => (name.startsWith(metric) ? escaped + name.slice(metric.length) : escapeMetricName(name, scheme)),
    label: (name) => escapeLabelName(name, scheme),
  };
}
