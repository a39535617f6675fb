import { compress } from 'snappyjs';
import type { GoneBlock } from '../gone-block.js';
import type { BlockLabels, SeriesLayout } from './series-layout.js';
import { SeriesWriter } from './series-writer.js';
import { SymbolTable } from './symbol-table.js';

/** Blocks of a layout, one after the other. */
interface BlockRange {
  readonly layout: SeriesLayout;
  readonly start: number;
  /** Before it. */
  end: number;
}

/** A request: io.prometheus.write.v2.Request. */
export interface EncodedRequest {
  /** In protobuf, compressed with Snappy. */
  readonly body: Uint8Array;
  /** Samples, the marks of series that are gone among them. */
  readonly samples: number;
  /** Native histograms, marks among them. */
  readonly histograms: number;
  readonly exemplars: number;
  /** The blocks that it has samples of. */
  readonly blocks: readonly Readonly<BlockRange>[];
  /** The times of the newest exemplars in it by series, see ExemplarMarks. */
  readonly marks: ReadonlyMap<string, number>;
  /** What it marks as gone. */
  readonly gone: readonly GoneBlock[];
}

/** Bytes of series above which a request is full, however few samples it has. */
const MAX_BYTES = 2 ** 20;

/** What is in a request so far. */
interface Content {
  samples: number;
  histograms: number;
  exemplars: number;
  readonly blocks: BlockRange[];
  readonly marks: Map<string, number>;
  readonly gone: GoneBlock[];
}

const newContent = (): Content => ({
  samples: 0,
  histograms: 0,
  exemplars: 0,
  blocks: [],
  marks: new Map(),
  gone: [],
});

/** Puts series into requests of a limited size. */
export class RequestBuilder {
  readonly #maxSamples: number;
  readonly #symbols = new SymbolTable();
  readonly #writer = new SeriesWriter(this.#symbols);
  #content = newContent();
  #requests: EncodedRequest[] = [];

  /** @param maxSamples most samples and native histograms of a request */
  constructor(maxSamples: number) {
    this.#maxSamples = maxSamples;
  }

  /**
   * Goes on with a block, in another request where this one is full; all series of a block stand in one.
   * @param size how many samples it has
   */
  begin(layout: SeriesLayout, labels: BlockLabels, size: number): SeriesWriter {
    const { samples, histograms } = this.#content;
    const count = samples + histograms;
    if (count > 0 && (count + size > this.#maxSamples || this.#writer.length > MAX_BYTES)) this.#end();
    this.#writer.begin(layout, labels);
    return this.#writer;
  }

  /** Notes how many samples were written. */
  noteSamples(count: number): void {
    this.#content.samples += count;
  }

  /** Notes how many native histograms were written. */
  noteHistograms(count: number): void {
    this.#content.histograms += count;
  }

  /** Notes a block of which samples were written; those of a layout come in order. */
  noteBlock(layout: SeriesLayout, block: number): void {
    const { blocks } = this.#content;
    const last = blocks.at(-1);
    if (last?.layout === layout) last.end = block + 1;
    else blocks.push({ layout, start: block, end: block + 1 });
  }

  /** Notes an exemplar that was written. */
  noteExemplar(key: string, timestampMs: number): void {
    this.#content.exemplars += 1;
    this.#content.marks.set(key, timestampMs);
  }

  /** Notes a block that was marked as gone. */
  noteGone(gone: GoneBlock): void {
    this.#content.gone.push(gone);
  }

  /** All requests. */
  take(): EncodedRequest[] {
    this.#end();
    const requests = this.#requests;
    this.#requests = [];
    return requests;
  }

  #end(): void {
    const { samples, histograms } = this.#content;
    if (samples + histograms === 0) return;
    const body = compress(Buffer.concat([this.#symbols.take(), this.#writer.take()]));
    this.#requests.push({ ...this.#content, body });
    this.#content = newContent();
  }
}
