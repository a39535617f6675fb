import type { ShownFamily } from '../series/shown-family.js';
import { TextPiece } from './text-piece.js';
import { familyHeader, isOpenMetricsCounter, type FamilyDescription } from './family-header.js';
import type { Format } from './format.js';

const EOF = TextPiece.of(['# EOF\n']);

/** A family that no application recorded. */
export interface OwnFamily extends FamilyDescription {
  /** Its lines. */
  readonly text: string;
}

/**
 * Families as pieces of text, in their order.
 * @param withCreated whether OpenMetrics says when counts began, as samples `_created`
 */
export class Exposition {
  readonly #withCreated: boolean;
  /** The headers of the last answer in each format, since they hardly ever change. */
  readonly #headers: Record<Format, ReadonlyMap<string, TextPiece>> = { text: new Map(), openmetrics: new Map() };

  constructor(withCreated: boolean) {
    this.#withCreated = withCreated;
  }

  /**
   * All of an answer in a format; no two families may have one name.
   * @param own families of the exporter's own, written anew in each answer
   */
  pieces(families: readonly ShownFamily[], format: Format, own: readonly OwnFamily[] = []): TextPiece[] {
    const names = new Set([...families, ...own].map(({ name }) => name));
    const isTaken = (name: string): boolean => names.has(name);
    const headers = new Map<string, TextPiece>();
    const pieces: TextPiece[] = [];
    for (const family of families) {
      const text = familyHeader(family, format, isTaken);
      const header = this.#headers[format].get(text) ?? TextPiece.of([text]);
      headers.set(text, header);
      pieces.push(header);
      const { pieces: plain, piecesWithCreated } = family;
      pieces.push(
        ...(format === 'openmetrics' && this.#hasCreated(family, isTaken) ? (piecesWithCreated ?? plain) : plain),
      );
    }
    const text = own.map((family) => familyHeader(family, format, isTaken) + family.text);
    // In one piece, as a piece costs more than its bytes.
    if (text.length > 0) pieces.push(TextPiece.of(text));
    if (format === 'openmetrics') pieces.push(EOF);
    this.#headers[format] = headers;
    return pieces;
  }

  #hasCreated(family: ShownFamily, isTaken: (name: string) => boolean): boolean {
    if (!this.#withCreated || family.type === 'gauge') return false;
    if (family.type === 'counter' && !isOpenMetricsCounter(family, isTaken)) return false;
    const base = family.type === 'counter' ? family.name.slice(0, -'_total'.length) : family.name;
    return !isTaken(`${base}_created`);
  }
}
