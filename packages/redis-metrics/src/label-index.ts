import type { Label } from '@redmeter/metric-format';
import type { Labels } from './instruments.js';

interface Node<T> {
  value: T | undefined;
  /** By label name, then by label value. */
  children: Map<string, Map<string, Node<T>>> | undefined;
}

/**
 * Finds a series by its labels without building its key: a tree, one level a label, labels in the order of their names.
 */
export class LabelIndex<T> {
  #root: Node<T> = { value: undefined, children: undefined };
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * The series of these labels, when they are texts given in the order of their names: the common case, and the fast one.
   * Undefined says nothing about others: `get` does.
   */
  find(labels: Labels): T | undefined {
    let node: Node<T> | undefined = this.#root;
    let previous = '';
    for (const name in labels) {
      const value = labels[name];
      if (typeof value !== 'string' || value === '' || name <= previous) return undefined;
      node = node.children?.get(name)?.get(value);
      if (node === undefined) return undefined;
      previous = name;
    }
    return node.value;
  }

  /** @param labels sorted by name, none empty */
  get(labels: readonly Label[]): T | undefined {
    let node: Node<T> | undefined = this.#root;
    for (const [name, value] of labels) {
      node = node.children?.get(name)?.get(value);
      if (node === undefined) return undefined;
    }
    return node.value;
  }

  /** @param labels sorted by name, none empty */
  set(labels: readonly Label[], value: T): void {
    let node = this.#root;
    for (const [name, labelValue] of labels) {
      node.children ??= new Map();
      const values = node.children.get(name) ?? new Map<string, Node<T>>();
      node.children.set(name, values);
      const child = values.get(labelValue) ?? { value: undefined, children: undefined };
      values.set(labelValue, child);
      node = child;
    }
    if (node.value === undefined) this.#size += 1;
    node.value = value;
  }

  /** Forgets a series, and the branch that led to no other. */
  delete(labels: readonly Label[]): void {
    this.#delete(this.#root, labels, 0);
  }

  #delete(node: Node<T>, labels: readonly Label[], depth: number): void {
    const label = labels[depth];
    if (label === undefined) {
      if (node.value !== undefined) this.#size -= 1;
      node.value = undefined;
      return;
    }
    const values = node.children?.get(label[0]);
    const child = values?.get(label[1]);
    if (values === undefined || child === undefined) return;
    this.#delete(child, labels, depth + 1);
    if (child.value !== undefined || child.children !== undefined) return;
    values.delete(label[1]);
    if (values.size === 0) node.children?.delete(label[0]);
    if (node.children?.size === 0) node.children = undefined;
  }

  *values(): Generator<T> {
    yield* this.#values(this.#root);
  }

  *#values(node: Node<T>): Generator<T> {
    if (node.value !== undefined) yield node.value;
    for (const values of node.children?.values() ?? []) {
      for (const child of values.values()) yield* this.#values(child);
    }
  }
}
