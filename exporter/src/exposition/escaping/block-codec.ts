import { compareBytes, type Label } from '@redmeter/metric-format';

/** How the text of a series in a piece is read, and written with other names. */
export interface BlockCodec {
  /** How its pieces become bytes. */
  readonly encoding: 'utf8' | 'latin1';
  /** The labels of a series without `le`. */
  readonly labelsOf: (block: string) => readonly Label[];
  /** The same series with other names. */
  readonly rename: (block: string, names: Renaming) => string;
}

/** New names. */
export interface Renaming {
  readonly metric: (name: string) => string;
  readonly label: (name: string) => string;
}

/** Labels with new names, sorted by them; `le` stays the last. */
export function renamed(labels: readonly Label[], rename: (name: string) => string): Label[] {
  return labels
    .map(([name, value]): Label => [rename(name), value])
    .sort(([a], [b]) => Number(a === 'le') - Number(b === 'le') || compareBytes(a, b));
}
