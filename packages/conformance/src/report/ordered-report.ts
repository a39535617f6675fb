import type { ConformanceCase } from '../cases/conformance-case.js';
import type { CaseResult } from './case-result.js';

/** Hands results on in the order of their cases. */
export class OrderedReport {
  readonly #cases: readonly ConformanceCase[];
  readonly #onResult: (result: CaseResult) => void;
  readonly #early = new Map<string, CaseResult>();
  #next = 0;

  constructor(cases: readonly ConformanceCase[], onResult: (result: CaseResult) => void) {
    this.#cases = cases;
    this.#onResult = onResult;
  }

  take(result: CaseResult): void {
    this.#early.set(result.name, result);
    for (;;) {
      const next = this.#early.get(this.#cases[this.#next]?.name ?? '');
      if (next === undefined) return;
      this.#onResult(next);
      this.#next += 1;
    }
  }
}
