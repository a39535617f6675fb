import type { Labels } from '@redmeter/redis-metrics';

/** What a stream says of a series. */
export interface CollectedValue {
  /** Identifies the stream. */
  readonly stream: string;
  readonly exportNumber: number;
  /** Of the end of the data point. */
  readonly time: string;
  readonly value: number;
}

/** Adds up the values that one collection has for one series: of several meters, or with attributes that become the same labels. */
export class CollectedSums {
  readonly #collected = new Map<string, Map<string, CollectedValue>>();

  /** The sum of a series as far as its collection is known. */
  add(name: string, labels: Labels, collected: CollectedValue): number {
    const series = seriesKey(name, labels);
    const known = [...(this.#collected.get(series)?.values() ?? [])];
    const isRepeated = known.some((each) => each.stream === collected.stream);
    // The SDK may split a collection into several exports, with the same time; a stream that comes again is of another collection.
    const ofCollection = known.filter(
      ({ exportNumber, time }) => exportNumber === collected.exportNumber || (time === collected.time && !isRepeated),
    );
    const values = new Map([...ofCollection, collected].map((each) => [each.stream, each]));
    this.#collected.set(series, values);
    return [...values.values()].reduce((sum, { value }) => sum + value, 0);
  }
}

function seriesKey(name: string, labels: Labels): string {
  const texts = Object.entries(labels).map(([label, value]) => [label, String(value)] as const);
  return JSON.stringify([name, texts.filter(([, text]) => text !== '').sort(([a], [b]) => (a < b ? -1 : 1))]);
}
