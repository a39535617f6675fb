import { escapeLabelName, escapeMetricName, type EscapingScheme } from '@redmeter/metric-format';
import { compareBytes, escapeLabelNames, escapeLabelSets, labelSet } from '@redmeter/metric-reader';
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
      const kept = blocksOf(piece, codec).filter((block) => !leftOut.has(labelSet(codec.labelsOf(block)).text));
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
      const names = codec.labelsOf(block).map(([name]) => name);
      const shape = JSON.stringify(names);
      const escaped = escapeLabelNames(names, scheme);
      if (escaped === undefined) isClear = false;
      const shown = JSON.stringify([...(escaped ?? [])].sort(compareBytes));
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

/** Which series are left out, by the text of their labels, since escaped they are others: see `escapeLabelSets`. */
export function collidingSeries(
  pieces: readonly TextPiece[],
  { codec, scheme }: Pick<PieceEscaping, 'codec' | 'scheme'>,
): Set<string> {
  const all = pieces.flatMap((piece) => blocksOf(piece, codec).map((block) => labelSet(codec.labelsOf(block))));
  const shown = escapeLabelSets(all, scheme);
  return new Set(all.map(({ text }) => text).filter((text) => !shown.has(text)));
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
