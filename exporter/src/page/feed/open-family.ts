import type { FamilySeries, SeriesStart } from '../../../page/src/protocol.js';
import { parseLabelText } from '../series/parsed-labels.js';
import type { SeriesRow } from '../series/series-rows.js';

interface Sent {
  readonly id: number;
  readonly text: string;
}

/** What a browser has of a family that is open in it. */
export class OpenFamily {
  readonly #name: string;
  #sent = new Map<string, Sent>();
  #nextId = 1;
  #more: number | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /**
   * The changes to send so that the browser has these series; undefined when there are none.
   * @param more the number of series that are not among them
   */
  update(rows: readonly SeriesRow[], more: number): FamilySeries | undefined {
    const came: SeriesStart[] = [];
    const values: FamilySeries['values'][number][] = [];
    const next = new Map<string, Sent>();
    for (const row of rows) {
      const text = JSON.stringify(row.values);
      const before = this.#sent.get(row.labels);
      const id = before?.id ?? this.#nextId++;
      if (before === undefined) came.push({ id, labels: parseLabelText(row.labels) });
      if (before?.text !== text) values.push([id, row.values]);
      next.set(row.labels, { id, text });
    }
    const gone = [...this.#sent].filter(([labels]) => !next.has(labels)).map(([, { id }]) => id);
    const isSame = came.length === 0 && gone.length === 0;
    if (isSame && values.length === 0 && this.#more === more) return undefined;
    this.#sent = next;
    this.#more = more;
    const order = isSame ? null : Array.from(next.values(), ({ id }) => id);
    return { name: this.#name, came, gone, values, order, more };
  }
}
