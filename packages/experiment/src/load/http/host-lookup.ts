import { lookup as lookUp, type LookupAddress, type LookupOptions } from 'node:dns';

type Answer = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;
type Asked = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

// Long enough that requests do not queue behind lookups that fail slowly, short enough that a name that comes back is found.
const FAILURE_KEPT_MS = 1000;

/**
 * Looks hosts up for all connections of a load: those that ask at the same time share one lookup, since the threads for lookups are few,
 * and a failure is kept for a second.
 */
export class HostLookup {
  readonly #waiting = new Map<string, Answer[]>();
  readonly #failures = new Map<string, { readonly error: NodeJS.ErrnoException; readonly untilMs: number }>();

  /** In the form that `net.connect` requires. */
  readonly lookup = (host: string, options: LookupOptions, callback: Asked): void => {
    const failure = this.#failures.get(host);
    if (failure !== undefined && performance.now() < failure.untilMs) {
      process.nextTick(callback, failure.error, []);
      return;
    }
    const answer: Answer = (error, addresses) => {
      const [first] = addresses;
      if (options.all === true || error !== null || first === undefined) callback(error, addresses);
      else callback(null, first.address, first.family);
    };
    const waiting = this.#waiting.get(host);
    if (waiting !== undefined) {
      waiting.push(answer);
      return;
    }
    this.#waiting.set(host, [answer]);
    lookUp(host, { ...options, all: true }, (error, addresses) => {
      const answers = this.#waiting.get(host) ?? [];
      this.#waiting.delete(host);
      if (error === null) this.#failures.delete(host);
      else this.#failures.set(host, { error, untilMs: performance.now() + FAILURE_KEPT_MS });
      for (const each of answers) each(error, error === null ? addresses : []);
    });
  };
}
