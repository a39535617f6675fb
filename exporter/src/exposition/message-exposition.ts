import { familyStart } from '../protobuf/family-message.js';
import type { ShownFamily } from '../series/shown-family.js';
import { TextPiece } from '../text/text-piece.js';
import type { FamilyDescription } from './family-header.js';
import { ownMessages, type OwnFamily } from './own-family.js';

/** The inputs of the begin of a family, and its bytes. */
interface KnownStart extends FamilyDescription {
  readonly byteLength: number;
  readonly piece: TextPiece;
}

/** Families as delimited MetricFamily messages, in their order. */
export class MessageExposition {
  /** The begins of the last answer by name: numbers of the same length leave them as they are. */
  #starts: ReadonlyMap<string, KnownStart> = new Map();

  /**
   * Renders a whole response.
   * @param own the exporter's own families, rendered again for each response
   */
  pieces(families: readonly ShownFamily[], own: readonly OwnFamily[]): TextPiece[] {
    const starts = new Map<string, KnownStart>();
    const pieces: TextPiece[] = [];
    for (const family of families) {
      const { messages = [] } = family;
      const start = this.#start(
        family,
        messages.reduce((sum, { bytes }) => sum + bytes.length, 0),
      );
      starts.set(family.name, start);
      pieces.push(start.piece, ...messages);
    }
    const bytes = own.flatMap((family) => {
      const messages = ownMessages(family).join('');
      return [familyStart(family, messages.length), messages];
    });
    // In one piece, since each piece has a fixed cost.
    if (bytes.length > 0) pieces.push(TextPiece.of(bytes, 'latin1'));
    this.#starts = starts;
    return pieces;
  }

  #start(family: FamilyDescription, byteLength: number): KnownStart {
    const { name, type, help, unit } = family;
    const known = this.#starts.get(name);
    const isSame =
      known?.type === type && known.help === help && known.unit === unit && known.byteLength === byteLength;
    if (isSame) return known;
    return { name, type, help, unit, byteLength, piece: TextPiece.of([familyStart(family, byteLength)], 'latin1') };
  }
}
