import type { AbnStorage, MetricRecord } from '@redmeter/experiment';
import { ServiceError } from '../service-error.js';

/** How long a value waits for others that share its commit, milliseconds. */
const BUFFER_MS = 10;
/** Values that wait or are being stored. Above, more are refused: a store that is slow must not fill the memory. */
const MAX_PENDING = 50_000;

type WaitingWrite = {
  readonly record: MetricRecord;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/** Gathers values for a few milliseconds, and hands them to the store in one turn. Each write resolves when it is stored. */
export class WriteBuffer {
  readonly #storage: AbnStorage;
  #waiting: WaitingWrite[] = [];
  #timer: NodeJS.Timeout | undefined;
  #numPending = 0;

  constructor(storage: AbnStorage) {
    this.#storage = storage;
  }

  /** Values that are not stored yet. */
  get numPending(): number {
    return this.#numPending;
  }

  /** Resolves when the value is stored. Rejects with ServiceError `overloaded`, or as the storage does. */
  async add(record: MetricRecord): Promise<void> {
    if (this.#numPending >= MAX_PENDING) {
      throw new ServiceError('overloaded', `expected at most ${MAX_PENDING} values waiting to be stored, got more`);
    }
    this.#numPending += 1;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push({ record, resolve, reject });
        this.#timer ??= setTimeout(() => this.flush(), BUFFER_MS);
      });
    } finally {
      this.#numPending -= 1;
    }
  }

  /** Hands what waits to the store now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const writes = this.#waiting;
    this.#waiting = [];
    // In one turn: the embedded store puts them into one commit, Redis gets them in one piece.
    for (const { record, resolve, reject } of writes) this.#storage.writeRecord(record).then(resolve, reject);
  }
}
