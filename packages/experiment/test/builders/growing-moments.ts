import type { SampleMoments } from '../../src/result/sample-moments.js';

/** Moments that grow value by value, from power sums: exact enough for simulated values around 1. */
export class GrowingMoments {
  #count = 0;
  #sum = 0;
  #squares = 0;
  #cubes = 0;

  add(value: number): void {
    this.#count += 1;
    this.#sum += value;
    this.#squares += value * value;
    this.#cubes += value * value * value;
  }

  get moments(): SampleMoments {
    const count = this.#count;
    const mean = this.#sum / count;
    return {
      count,
      mean,
      squaredDeviations: Math.max(0, this.#squares - count * mean ** 2),
      cubedDeviations: this.#cubes - 3 * mean * this.#squares + 2 * count * mean ** 3,
    };
  }
}
