import { isAlias, isCollection, isPair, type Alias, type Document, type Node } from 'yaml';

// A file of a few lines can expand to more than memory holds: lists of aliases of lists of aliases.
const MAX_GROWTH = 100;
const MIN_LIMIT = 10_000;

/** An alias that cannot be followed, and what was expected in its place. */
export type AliasProblem = { readonly alias: Alias; readonly expected: string };

/**
 * What is wrong with the aliases of a document: one without its anchor above, one inside what it stands for, or together more
 * values than a hundred times those that are written. Takes time in the order of the length of the document.
 */
export function aliasProblem(document: Document): AliasProblem | undefined {
  const walk = new AliasWalk();
  walk.sizeOf(document.contents);
  return walk.problem;
}

class AliasWalk {
  problem: AliasProblem | undefined;
  readonly #targets = new Map<string, Node>();
  /** How many values an anchored node expands to; undefined while it is being walked. */
  readonly #sizes = new Map<Node, number | undefined>();
  #written = 0;
  #grown = 0;

  /** How many values a node expands to, aliases followed; anchors are noted in the order they are written. */
  sizeOf(node: unknown): number {
    if (this.problem !== undefined || node === null || node === undefined) return 0;
    if (isPair(node)) return this.sizeOf(node.key) + this.sizeOf(node.value);
    if (isAlias(node)) return this.#followed(node);
    this.#written += 1;
    const anchored = isNodeWithAnchor(node) ? node : undefined;
    if (anchored !== undefined) {
      this.#targets.set(anchored.anchor, anchored);
      this.#sizes.set(anchored, undefined);
    }
    let size = 1;
    if (isCollection(node)) for (const item of node.items) size += this.sizeOf(item);
    if (anchored !== undefined) this.#sizes.set(anchored, size);
    return size;
  }

  #followed(alias: Alias): number {
    const target = this.#targets.get(alias.source);
    if (target === undefined) return this.#refuse(alias, `an anchor &${alias.source} above, got only its alias`);
    const size = this.#sizes.get(target);
    if (size === undefined) return this.#refuse(alias, `an alias of another value, got *${alias.source} in itself`);
    this.#grown += size;
    if (this.#grown > Math.max(MIN_LIMIT, MAX_GROWTH * this.#written)) {
      return this.#refuse(alias, `aliases that expand the document to at most a hundred times its size, got more`);
    }
    return size;
  }

  #refuse(alias: Alias, expected: string): number {
    this.problem = { alias, expected };
    return 0;
  }
}

function isNodeWithAnchor(node: unknown): node is Node & { readonly anchor: string } {
  return typeof node === 'object' && node !== null && 'anchor' in node && typeof node.anchor === 'string';
}
