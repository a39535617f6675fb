import type { Labels, LabelValue } from '../series/instruments.js';

/** By the value of one label: the values of the next one, or after the last label the item. */
interface Values<T> {
  /** The first value and what belongs to it: often the only one, and a comparison takes less than a Map lookup. */
  first: LabelValue | undefined;
  ofFirst: Values<T> | T | undefined;
  others: Map<LabelValue | undefined, Values<T> | T> | undefined;
}

/** The label sets that have the same names in the same order. */
interface Shape<T> {
  readonly names: readonly string[];
  readonly values: Values<T>;
}

// An entry takes about 400 bytes, a series itself 100 to 200.
const MAX_IN_PROCESS = 1024;
// If more label sets are in use than fit, remembering all of them would take longer than finding them.
const REMEMBERED_ONE_IN = 8;
// The places in an application that record one metric rarely differ in the order of labels; each shape takes a comparison.
const MAX_SHAPES = 4;

/** Shared by all memos of the process; they are all cleared when the limit is reached. */
const shared = { size: 0, asked: 0, holding: new Set<LabelMemo<unknown>>() };

/** Cache of recent results by label names and values as given: one Map lookup per label. */
export class LabelMemo<T> {
  #shapes: Shape<T>[] = [];
  /** The first of them. */
  #usual: Shape<T> | undefined;
  #size = 0;

  find(labels: Labels): T | undefined {
    let found = this.#usual === undefined ? OTHER_NAMES : findIn(this.#usual, labels);
    for (let i = 1; found === OTHER_NAMES && i < this.#shapes.length; i += 1) {
      const shape = this.#shapes[i];
      if (shape !== undefined) found = findIn(shape, labels);
    }
    return found === OTHER_NAMES ? undefined : found;
  }

  /** Remembers one in 8 results; the memory of all memos is bounded. */
  remember(labels: Labels, item: T): void {
    shared.asked = (shared.asked + 1) % REMEMBERED_ONE_IN;
    if (shared.asked !== 0) return;
    if (shared.size >= MAX_IN_PROCESS) for (const memo of shared.holding) memo.clear();
    const names: string[] = [];
    for (const name in labels) names.push(name);
    const last = names.at(-1);
    if (last === undefined) return;
    let { values } = this.#shapeOf(names);
    for (const name of names) {
      if (name === last) break;
      const next = (getOf(values, labels[name]) as Values<T> | undefined) ?? newValues<T>();
      setIn(values, labels[name], next);
      values = next;
    }
    if (getOf(values, labels[last]) === undefined) {
      this.#size += 1;
      shared.size += 1;
    }
    setIn(values, labels[last], item);
    shared.holding.add(this);
  }

  /** Forgets everything, after a series was removed. */
  clear(): void {
    this.#shapes = [];
    this.#usual = undefined;
    shared.size -= this.#size;
    this.#size = 0;
    shared.holding.delete(this);
  }

  #shapeOf(names: readonly string[]): Shape<T> {
    const known = this.#shapes.find(
      (shape) => shape.names.length === names.length && shape.names.every((name, i) => name === names[i]),
    );
    if (known !== undefined) return known;
    if (this.#shapes.length >= MAX_SHAPES) this.clear();
    const shape: Shape<T> = { names, values: newValues() };
    this.#shapes.push(shape);
    this.#usual ??= shape;
    return shape;
  }
}

function newValues<T>(): Values<T> {
  return { first: undefined, ofFirst: undefined, others: undefined };
}

function getOf<T>(values: Values<T>, value: LabelValue | undefined): Values<T> | T | undefined {
  return value === values.first ? values.ofFirst : values.others?.get(value);
}

function setIn<T>(values: Values<T>, value: LabelValue | undefined, next: Values<T> | T): void {
  if (values.ofFirst === undefined) values.first = value;
  if (value === values.first) values.ofFirst = next;
  else (values.others ??= new Map()).set(value, next);
}

/** Answered for labels of another shape. */
const OTHER_NAMES = Symbol('other names');

function findIn<T>(shape: Shape<T>, labels: Labels): T | undefined | typeof OTHER_NAMES {
  const { names } = shape;
  let at = 0;
  let found: Values<T> | T | undefined = shape.values;
  for (const name in labels) {
    if (name !== names[at]) return OTHER_NAMES;
    if (found === undefined) return undefined;
    found = getOf(found as Values<T>, labels[name]);
    at += 1;
  }
  return at === names.length ? (found as T | undefined) : OTHER_NAMES;
}
