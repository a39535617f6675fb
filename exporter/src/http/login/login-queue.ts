import { compare } from 'bcrypt';

/** A login to be verified. */
export interface LoginAttempt {
  /** Equal for attempts that must have the same outcome. */
  readonly key: string;
  readonly password: string;
  /** A bcrypt hash. */
  readonly hash: string;
  /** The client's IP address. */
  readonly address: string;
  /** Wrong logins on the client's connection so far. */
  readonly failedLogins: number;
  /** Aborted when the outcome is no longer needed. */
  readonly signal: AbortSignal;
}

/** `busy`: the queue was full; `gone`: the client disconnected before the login was verified. */
export type LoginOutcome = 'right' | 'wrong' | 'busy' | 'gone';

interface Waiting extends LoginAttempt {
  readonly order: number;
  readonly settle: (outcome: LoginOutcome) => void;
  readonly fail: (error: unknown) => void;
}

/** More than the default number of connections, so that with the defaults no login is rejected. */
const MAX_WAITING = 100;
const MAX_ADDRESSES = 1000;

/**
 * Verifies passwords one at a time, on a separate thread: bcrypt takes 50 ms or more of processor time, by design. Turns
 * rotate among client addresses, connections with few wrong logins first, so that a client that tries many passwords
 * does not delay the others. Above the limit, the address with the most attempts loses one.
 */
export class LoginQueue {
  readonly #verify: (password: string, hash: string) => Promise<boolean>;
  #waiting: Waiting[] = [];
  /** The number of the last turn of each address; longest ago first. */
  readonly #turns = new Map<string, number>();
  #turn = 0;
  #attempts = 0;
  #isVerifying = false;

  /** @param verify compares a password with a bcrypt hash, without keeping this thread */
  constructor(verify: (password: string, hash: string) => Promise<boolean> = verifyBcrypt) {
    this.#verify = verify;
  }

  /** Verifies a login when its turn comes. Rejects when the hash cannot be read. */
  async verify(attempt: LoginAttempt): Promise<LoginOutcome> {
    const { signal } = attempt;
    if (signal.aborted) return 'gone';
    return new Promise((resolve, reject) => {
      const order = this.#attempts;
      this.#attempts += 1;
      const drop = (): void => this.#settle((waiting) => waiting.order === order, 'gone');
      const settle = (outcome: LoginOutcome): void => {
        signal.removeEventListener('abort', drop);
        resolve(outcome);
      };
      signal.addEventListener('abort', drop);
      this.#waiting.push({ ...attempt, order, settle, fail: reject });
      if (this.#waiting.length > MAX_WAITING) {
        const last = this.#last();
        this.#settle((waiting) => waiting === last, 'busy');
      }
      this.#next();
    });
  }

  #next(): void {
    if (this.#isVerifying) return;
    const next = this.#first();
    if (next === undefined) return;
    this.#waiting = this.#waiting.filter((waiting) => waiting !== next);
    this.#isVerifying = true;
    this.#noteTurn(next);
    this.#verify(next.password, next.hash)
      .then((isRight) => {
        const outcome = isRight ? 'right' : 'wrong';
        next.settle(outcome);
        this.#settle(({ key }) => key === next.key, outcome);
      }, next.fail)
      .finally(() => {
        this.#isVerifying = false;
        this.#next();
      });
  }

  #settle(which: (waiting: Waiting) => boolean, outcome: LoginOutcome): void {
    const settled = this.#waiting.filter(which);
    if (settled.length === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => !which(waiting));
    for (const { settle } of settled) settle(outcome);
  }

  /** The login to verify next. */
  #first(): Waiting | undefined {
    const turnOf = ({ address }: Waiting): number => this.#turns.get(address) ?? 0;
    return this.#waiting.toSorted(
      (a, b) => turnOf(a) - turnOf(b) || a.failedLogins - b.failedLogins || a.order - b.order,
    )[0];
  }

  /** The login to reject when there are too many. */
  #last(): Waiting | undefined {
    const counts = new Map<string, number>();
    for (const { address } of this.#waiting) counts.set(address, (counts.get(address) ?? 0) + 1);
    const countOf = ({ address }: Waiting): number => counts.get(address) ?? 0;
    return this.#waiting.toSorted(
      (a, b) => countOf(b) - countOf(a) || b.failedLogins - a.failedLogins || b.order - a.order,
    )[0];
  }

  #noteTurn({ address }: Waiting): void {
    this.#turns.delete(address);
    this.#turn += 1;
    this.#turns.set(address, this.#turn);
    const [oldest] = this.#turns.keys();
    if (this.#turns.size > MAX_ADDRESSES && oldest !== undefined) this.#turns.delete(oldest);
  }
}

/** Compares on a thread of libuv's pool. */
async function verifyBcrypt(password: string, hash: string): Promise<boolean> {
  // The library rejects `$2y$`, which htpasswd writes, and emulates an old bug for `$2a$`; all are the same algorithm.
  return compare(password, `$2b$${hash.slice('$2y$'.length)}`);
}
