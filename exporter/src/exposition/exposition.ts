import type { ShownFamily } from '../series/shown-family.js';
import { TextPiece } from '../text/text-piece.js';
import { familyHeader, isOpenMetricsCounter, type FamilyDescription } from './family-header.js';
import type { Format } from './format.js';
import { MessageExposition } from './message-exposition.js';
import { ownLines, type OwnFamily } from './own-family.js';

const EOF = TextPiece.of(['# EOF\n']);

type TextFormat = Exclude<Format, 'protobuf'>;

/** The inputs of a header, and its text. */
interface KnownHeader extends FamilyDescription {
  readonly isCounter: boolean;
  readonly piece: TextPiece;
}

/**
 * Families as pieces of text, in their order.
 * @param withCreated whether OpenMetrics has `_created` samples, the times at which counts began
 */
export class Exposition {
  readonly #withCreated: boolean;
  readonly #messages = new MessageExposition();
  /** The headers of the last answer in each format by name, since they hardly ever change. */
  readonly #headers: Record<TextFormat, ReadonlyMap<string, KnownHeader>> = { text: new Map(), openmetrics: new Map() };

  constructor(withCreated: boolean) {
    this.#withCreated = withCreated;
  }

  /**
   * Renders a whole response in a format; every family has a name of its own.
   * @param own the exporter's own families, rendered again for each response
   */
  pieces(families: readonly ShownFamily[], format: Format, own: readonly OwnFamily[] = []): TextPiece[] {
    return format === 'protobuf' ? this.#messages.pieces(families, own) : this.#textPieces(families, format, own);
  }

  #textPieces(families: readonly ShownFamily[], format: TextFormat, own: readonly OwnFamily[]): TextPiece[] {
    let names: ReadonlySet<string> | undefined;
    const isTaken = (name: string): boolean =>
      (names ??= new Set([...families, ...own].map((family) => family.name))).has(name);
    const headers = new Map<string, KnownHeader>();
    const pieces: TextPiece[] = [];
    for (const family of families) {
      const header = this.#header(family, format, isTaken);
      headers.set(family.name, header);
      pieces.push(header.piece);
      const { pieces: plain, openMetrics } = family;
      pieces.push(...(format === 'openmetrics' && this.#hasOwn(family, isTaken) ? (openMetrics ?? plain) : plain));
    }
    const text = own.map((family) => familyHeader(family, format, isTaken) + ownLines(family));
    // In one piece, since each piece has a fixed cost.
    if (text.length > 0) pieces.push(TextPiece.of(text));
    if (format === 'openmetrics') pieces.push(EOF);
    this.#headers[format] = headers;
    return pieces;
  }

  #header(family: FamilyDescription, format: TextFormat, isTaken: (name: string) => boolean): KnownHeader {
    const { name, type, help, unit } = family;
    const isCounter = format === 'openmetrics' && isOpenMetricsCounter(family, isTaken);
    const known = this.#headers[format].get(name);
    const isSame = known?.type === type && known.help === help && known.unit === unit && known.isCounter === isCounter;
    if (isSame) return known;
    const piece = TextPiece.of([familyHeader(family, format, isTaken)]);
    return { name, type, help, unit, isCounter, piece };
  }

  /** Whether OpenMetrics may show exemplars and `_created` samples of a family. */
  #hasOwn(family: ShownFamily, isTaken: (name: string) => boolean): boolean {
    if (family.openMetrics === undefined || family.type === 'gauge') return false;
    if (family.type === 'counter' && !isOpenMetricsCounter(family, isTaken)) return false;
    if (!this.#withCreated) return true;
    const base = family.type === 'counter' ? family.name.slice(0, -'_total'.length) : family.name;
    return !isTaken(`${base}_created`);
  }
}
