/** Beginnings that many keys share, each kept once for as long as a key has it. */
export class KeyHeads {
  readonly #numbers = new Map<string, number>();
  readonly #heads: string[] = [];
  readonly #users: number[] = [];
  readonly #free: number[] = [];

  /** The number of a beginning, for one more key. */
  take(head: string): number {
    let number = this.#numbers.get(head);
    if (number === undefined) {
      number = this.#free.pop() ?? this.#heads.length;
      this.#numbers.set(head, number);
      this.#heads[number] = head;
      this.#users[number] = 0;
    }
    this.#users[number] = (this.#users[number] ?? 0) + 1;
    return number;
  }

  /** Lets one key go that had it. */
  release(number: number): void {
    const left = (this.#users[number] ?? 0) - 1;
    this.#users[number] = left;
    if (left > 0) return;
    this.#numbers.delete(this.at(number));
    this.#heads[number] = '';
    this.#free.push(number);
  }

  /** The beginning with this number. */
  at(number: number): string {
    return this.#heads[number] ?? '';
  }
}
