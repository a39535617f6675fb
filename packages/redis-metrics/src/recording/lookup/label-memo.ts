import type { Labels, LabelValue } from '../series/instruments.js';

interface Node<T> {
  item: T | undefined;
  /** By label name, then by label value. */
  children: Map<string, Map<LabelValue | undefined, Node<T>>> | undefined;
}

// An entry takes about 400 bytes, a series itself 100 to 200.
const MAX_IN_PROCESS = 1024;
// If more label sets are in use than fit, remembering all of them would take longer than finding them.
const REMEMBERED_ONE_IN = 8;

/** Shared by all memos of the process; they are all cleared when the limit is reached. */
const shared = { size: 0, asked: 0, holding: new Set<LabelMemo<unknown>>() };

/** Cache of recent results by label names and values as given: one Map lookup per label. */
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

  /** Remembers one in 8 results; the memory of all memos is bounded. */
  remember(labels: Labels, item: T): void {
    shared.asked = (shared.asked + 1) % REMEMBERED_ONE_IN;
    if (shared.asked !== 0) return;
    if (shared.size >= MAX_IN_PROCESS) for (const memo of shared.holding) memo.clear();
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

  /** Forgets everything, after a series was removed. */
  clear(): void {
    this.#root = { item: undefined, children: undefined };
    shared.size -= this.#size;
    this.#size = 0;
    shared.holding.delete(this);
  }
}
