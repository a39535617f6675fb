import { compareBytes, type Label } from '@redmeter/metric-format';
import { labelRange, readLabels } from '../../protobuf/metric-block.js';
import type { FamilyFields } from '../../protobuf/family-message.js';
import { withTargetLabels } from '../../series/lines/target-labels.js';
import type { BlockShape } from './block-shape.js';

/** The labels of one block. */
export interface BlockLabels {
  /** Places in `symbols`: name, value, name, value, …, sorted by name. */
  readonly pairs: readonly number[];
  /** The number of labels whose names go before `__name__`, and before `le`. */
  readonly beforeName: number;
  readonly beforeLe: number;
}

const NAME = '__name__';

/**
 * The labels of the series in a piece of the protobuf exposition. The labels of a block never change while its piece is the same, so
 * they are read once: an unchanged series costs little. Strings are held once for all blocks.
 */
export class SeriesLayout {
  readonly symbols: string[] = [];
  /** As it was pushed last. */
  family: FamilyFields;
  /** What each block was when it was pushed last; undefined where it is empty. */
  readonly shapes: (BlockShape | undefined)[] = [];
  /** What each block was when the endpoint took it last; undefined where it never did. */
  readonly delivered: (BlockShape | undefined)[] = [];
  readonly #targetLabels: readonly Label[];
  readonly #labels: (BlockLabels | undefined)[] = [];
  readonly #places = new Map<string, number>();

  /** @param targetLabels labels added to every series, see withTargetLabels */
  constructor(family: FamilyFields, targetLabels: readonly Label[]) {
    this.family = family;
    this.#targetLabels = targetLabels;
  }

  /** The labels of a block that is not empty, without the metric's name. */
  labelsOf(index: number, bytes: Buffer, blockStart: number): BlockLabels {
    const known = this.#labels[index];
    if (known !== undefined) return known;
    const { start, end } = labelRange(bytes, blockStart);
    // An empty label is none.
    const own = readLabels(bytes, start, end).filter(([, value]) => value !== '');
    const labels = withTargetLabels(own, this.#targetLabels);
    const read: BlockLabels = {
      pairs: labels.flatMap(([name, value]) => [this.#place(name), this.#place(value)]),
      beforeName: countBefore(labels, NAME),
      beforeLe: countBefore(labels, 'le'),
    };
    this.#labels[index] = read;
    return read;
  }

  /** To be called when all blocks have been read: it frees what only that needed. */
  settle(): void {
    this.#places.clear();
  }

  /** Notes that the endpoint took the blocks from `start` to before `end`, as they were pushed last. */
  noteDelivered(start: number, end: number): void {
    for (let block = start; block < end; block += 1) {
      const shape = this.shapes[block];
      if (shape !== undefined) this.delivered[block] = shape;
    }
  }

  /** The labels of a block that was pushed. */
  knownLabelsOf(index: number): BlockLabels | undefined {
    return this.#labels[index];
  }

  /** A text that is the same for blocks with the same labels. */
  keyOf(index: number): string {
    return (this.#labels[index]?.pairs ?? []).map((place) => this.symbols[place] ?? '').join('\0');
  }

  #place(text: string): number {
    let place = this.#places.get(text);
    if (place === undefined) {
      place = this.symbols.push(text) - 1;
      this.#places.set(text, place);
    }
    return place;
  }
}

function countBefore(labels: readonly Label[], name: string): number {
  return labels.filter(([other]) => compareBytes(other, name) < 0).length;
}
