import { randomBytes } from 'node:crypto';
import { halfSipHash, type HashKey } from './half-sip-hash.js';
import { KeyBytes } from './key-bytes.js';
import { KeyIndex } from './key-index.js';

const SECRET_BYTES = 8;
const secret = randomBytes(SECRET_BYTES);
/** Another in each process, so that nobody can name series whose keys collide. */
const HASH_KEY: HashKey = { low: secret.readInt32LE(0), high: secret.readInt32LE(4) };

/** A key that is not found is mostly taken in next, so the hash of the last one is kept. */
let lastKey = '';
let lastHash = halfSipHash(HASH_KEY, lastKey);

/** Keys by slot, and slots by key. Keys are texts of one character a byte. */
export class KeyStore {
  readonly #bytes = new KeyBytes();
  readonly #index = new KeyIndex((slot) => hashOf(this.#bytes.get(slot)));

  /** How many keys there are. */
  get size(): number {
    return this.#index.size;
  }

  /** The slot that has a key; -1 when none has it. */
  find(key: string): number {
    return this.#index.find(hashOf(key), (slot) => this.#bytes.isAt(slot, key));
  }

  /** The key of a slot that has one. */
  at(slot: number): string {
    return this.#bytes.get(slot);
  }

  /** The key of a slot that has one, as an argument of a command: its bytes, where its characters are not those already. */
  argument(slot: number): string | Buffer {
    return this.#bytes.argument(slot);
  }

  /** Whether a slot has this key, several times cheaper than `find`. */
  isAt(slot: number, key: string): boolean {
    return this.#bytes.isAt(slot, key);
  }

  /**
   * Takes in a key that no slot has, for a slot without one.
   * @param headLength how many of its characters other keys are likely to begin with
   * @throws RangeError when all keys together would take more than 4 GiB
   */
  add(slot: number, key: string, headLength: number): void {
    this.#bytes.set(slot, key, headLength);
    this.#index.add(hashOf(key), slot);
  }

  /** Lets the key of a slot go that has one. */
  delete(slot: number): void {
    this.#index.delete(hashOf(this.at(slot)), slot);
    this.#bytes.delete(slot);
  }
}

function hashOf(key: string): number {
  if (key !== lastKey) {
    lastHash = halfSipHash(HASH_KEY, key);
    lastKey = key;
  }
  return lastHash;
}
