import type { Labels, LabelValue } from '../series/instruments.js';

interface Node<T> {
  item: T | undefined;
  /** By label name, then by label value. */
  children: Map<string, Map<LabelValue | undefined, Node<T>>> | undefined;
}

// Beside the 100 to 200 bytes that a series takes, these take some 400.
const MOST_IN_PROCESS = 1024;
// When more are in turn than there is room for, remembering would take longer than finding.
const REMEMBERED_ONE_IN = 8;

/** What all memos of the process hold; they start anew together when it is too much. */
const shared = { size: 0, asked: 0, holding: new Set<LabelMemo<unknown>>() };

/** Remembers what was found by label objects lately, names and values as they were given: a lookup a label, and no more. */
export class LabelMemo<T> {
  #root: Node<T> = { item: undefined, children: undefined };
  #size = 0;

  find(labels: Labels): T | undefined {
    let node: Node<T> | undefined = this.#root;
    for (const name in labels) {
      node = node.children?.get(name)?.get(labels[name]);
      if (node === undefined) return undefined;
    }
    return node.item;
  }

  /** Remembers some of what it is given; the memory of all memos is bounded. */
  remember(labels: Labels, item: T): void {
    shared.asked = (shared.asked + 1) % REMEMBERED_ONE_IN;
    if (shared.asked !== 0) return;
    if (shared.size >= MOST_IN_PROCESS) for (const memo of shared.holding) memo.clear();
    let node = this.#root;
    for (const name in labels) {
      const value = labels[name];
      node.children ??= new Map();
      const values = node.children.get(name) ?? new Map<LabelValue | undefined, Node<T>>();
      node.children.set(name, values);
      const child: Node<T> = values.get(value) ?? { item: undefined, children: undefined };
      values.set(value, child);
      node = child;
    }
    if (node.item === undefined) {
      this.#size += 1;
      shared.size += 1;
    }
    node.item = item;
    shared.holding.add(this);
  }

  /** Forgets all: something that was found is no longer there. */
  clear(): void {
    this.#root = { item: undefined, children: undefined };
    shared.size -= this.#size;
    this.#size = 0;
    shared.holding.delete(this);
  }
}
