import { createHmac, randomBytes } from 'node:crypto';
import { LoginQueue, type LoginOutcome } from './login-queue.js';
import { RecentKeys } from './recent-keys.js';

/** A client that logs in. */
export interface LoginClient {
  readonly address: string;
  /** Wrong logins on the client's connection so far. */
  readonly failedLogins: number;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

const MAX_RIGHT = 100;
const MAX_WRONG = 1000;

/**
 * Checks user names and passwords against bcrypt hashes. Recent results are cached under a keyed hash of user and
 * password, so that a scraper, with a current or an old password, does not cost a bcrypt verification
 * on every scrape. An unknown user name costs as much as a known one, so that the response time does not reveal which exist.
 */
export class BasicAuth {
  readonly #secret = randomBytes(32);
  readonly #queue: LoginQueue;
  readonly #right = new RecentKeys(MAX_RIGHT);
  readonly #wrong = new RecentKeys(MAX_WRONG);

  constructor(queue = new LoginQueue()) {
    this.#queue = queue;
  }

  /**
   * Checks an Authorization header.
   * @param users bcrypt hashes by user; at least one
   */
  async check(
    header: string | undefined,
    users: ReadonlyMap<string, string>,
    client: LoginClient,
  ): Promise<LoginOutcome> {
    const login = readLogin(header);
    if (login === undefined) return 'wrong';
    const { user, password } = login;
    const ownHash = users.get(user);
    const hash = ownHash ?? this.#anyHash(user, users);
    const key = this.#digest([user, ownHash ?? null, password]);
    if (this.#right.has(key)) return 'right';
    if (this.#wrong.has(key)) return 'wrong';
    const outcome = await this.#queue.verify({ key, password, hash, ...client });
    if (outcome === 'right' && ownHash !== undefined) this.#right.add(key);
    else if (outcome === 'right' || outcome === 'wrong') this.#wrong.add(key);
    return outcome === 'right' && ownHash === undefined ? 'wrong' : outcome;
  }

  /** Clears the cache, after the users have changed. */
  forget(): void {
    this.#right.clear();
    this.#wrong.clear();
  }

  /** The hash that an unknown user name is compared with; always the same for one name. */
  #anyHash(user: string, users: ReadonlyMap<string, string>): string {
    const hashes = [...users.values()];
    const index = Number.parseInt(this.#digest([user]).slice(0, 8), 16) % hashes.length;
    return hashes[index] ?? '';
  }

  #digest(parts: readonly (string | null)[]): string {
    return createHmac('sha256', this.#secret).update(JSON.stringify(parts)).digest('hex');
  }
}

function readLogin(header: string | undefined): { readonly user: string; readonly password: string } | undefined {
  const match = /^basic +([A-Za-z0-9+/=]+) *$/i.exec(header ?? '');
  const decoded = Buffer.from(match?.[1] ?? '', 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : { user: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
