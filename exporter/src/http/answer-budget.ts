import type { ServerResponse } from 'node:http';

/** An accepted response. */
export interface BudgetedAnswer {
  /** Counts bytes that are about to be sent. */
  send(body: readonly Buffer[]): void;
}

interface AnswerUnderWay {
  body: readonly Buffer[];
  sendingSinceMs: number | undefined;
  readonly response: ServerResponse;
}

/** Limits of an answer budget, and what it calls when it cuts an answer off. */
export interface AnswerBudgetOptions {
  /** Maximum number of concurrent responses. */
  readonly maxAnswers: number;
  /** Maximum bytes of responses that clients have not read yet. Bytes that responses share count once. */
  readonly maxBytes: number;
  /** Called when an answer is cut off to make room. */
  readonly onCut: () => void;
  /** A monotonic clock, milliseconds. */
  readonly now: () => number;
}

/** Milliseconds after which a client that still reads its response counts as slow. */
const MIN_SLOW_MS = 1_000;

/**
 * Limits the number of concurrent responses and the bytes that clients have not read yet. Above the limits the
 * response whose client has been reading longest is cut off; if no client is slow, the new response is rejected.
 */
export class AnswerBudget {
  readonly #options: AnswerBudgetOptions;
  readonly #underWay = new Set<AnswerUnderWay>();
  readonly #uses = new Map<Buffer, number>();
  #bytes = 0;

  constructor(options: AnswerBudgetOptions) {
    this.#options = options;
  }

  /** Accepts a response; undefined when there is no room for it. */
  admit(response: ServerResponse): BudgetedAnswer | undefined {
    const { maxAnswers, maxBytes } = this.#options;
    while (this.#underWay.size >= maxAnswers || this.#bytes >= maxBytes) if (!this.#makeRoom()) return undefined;
    const answer: AnswerUnderWay = { body: [], sendingSinceMs: undefined, response };
    this.#underWay.add(answer);
    response.once('close', () => this.#remove(answer));
    return {
      send: (body) => {
        if (!this.#underWay.has(answer)) return;
        answer.body = body;
        answer.sendingSinceMs = this.#options.now();
        for (const part of body) {
          const uses = this.#uses.get(part) ?? 0;
          if (uses === 0) this.#bytes += part.length;
          this.#uses.set(part, uses + 1);
        }
      },
    };
  }

  #makeRoom(): boolean {
    const before = this.#options.now() - MIN_SLOW_MS;
    let slowest: AnswerUnderWay | undefined;
    for (const answer of this.#underWay) {
      const sinceMs = answer.sendingSinceMs ?? before;
      if (sinceMs < (slowest?.sendingSinceMs ?? before)) slowest = answer;
    }
    if (slowest === undefined) return false;
    this.#options.onCut();
    this.#remove(slowest);
    slowest.response.destroy();
    return true;
  }

  #remove(answer: AnswerUnderWay): void {
    if (!this.#underWay.delete(answer)) return;
    for (const part of answer.body) {
      const uses = (this.#uses.get(part) ?? 0) - 1;
      if (uses > 0) this.#uses.set(part, uses);
      else {
        this.#uses.delete(part);
        this.#bytes -= part.length;
      }
    }
  }
}
