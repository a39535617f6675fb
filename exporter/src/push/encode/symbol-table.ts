import { ByteWriter } from '../../protobuf/byte-writer.js';
import type { SeriesLayout } from './series-layout.js';

/** `repeated string symbols = 4` of io.prometheus.write.v2.Request. */
const SYMBOL = 0x22;

/** The number of `__name__`. */
export const NAME_REF = 1;

/** The strings of one request, each once; series name them by number. */
export class SymbolTable {
  readonly #writer = new ByteWriter();
  readonly #refs = new Map<string, number>();
  /** The numbers of a layout's symbols in this request; 0 for those that are not in it. */
  #ofLayout: number[] = [];
  #layout: SeriesLayout | undefined;

  constructor() {
    this.#begin();
  }

  /** The number of a string. */
  ref(text: string): number {
    let ref = this.#refs.get(text);
    if (ref === undefined) {
      ref = this.#refs.size;
      this.#refs.set(text, ref);
      this.#writer.tag(SYMBOL);
      this.#writer.text(text);
    }
    return ref;
  }

  /** The number of a layout's symbol: found without a look at the text where it was asked for before. */
  refOf(layout: SeriesLayout, place: number): number {
    if (layout !== this.#layout) {
      this.#layout = layout;
      this.#ofLayout = new Array<number>(layout.symbols.length).fill(0);
    }
    return (this.#ofLayout[place] ||= this.ref(layout.symbols[place] ?? ''));
  }

  /** The bytes of the table; begins another. */
  take(): Buffer {
    const bytes = this.#writer.take();
    this.#begin();
    return bytes;
  }

  #begin(): void {
    this.#refs.clear();
    this.#layout = undefined;
    // The first one must be empty: it stands for what is absent.
    this.ref('');
    this.ref('__name__');
  }
}
