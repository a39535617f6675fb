import bcrypt from 'bcryptjs';
import { createHmac, randomBytes } from 'node:crypto';

// Compared with when there is no such user, so that an answer takes as long either way.
const NOBODY = '$2b$10$CwTycUXWue0Thq9StjUM0uJ8pF1m1XkFmlPpB2aW6kHhTJrYcJrtW';
const MOST_REMEMBERED = 100;

/** Checks user names and passwords against bcrypt hashes. */
export class BasicAuth {
  readonly #secret = randomBytes(32);
  // bcrypt takes long on purpose; a scraper asks every few seconds with the same password.
  readonly #right = new Set<string>();

  /** Whether an Authorization header names one of the users and that user's password. */
  async isAllowed(header: string | undefined, users: ReadonlyMap<string, string>): Promise<boolean> {
    const match = /^basic +([A-Za-z0-9+/=]+) *$/i.exec(header ?? '');
    const decoded = Buffer.from(match?.[1] ?? '', 'base64').toString('utf8');
    const colon = decoded.indexOf(':');
    if (colon < 0) return false;
    const user = decoded.slice(0, colon);
    const password = decoded.slice(colon + 1);
    const hash = users.get(user);
    const ticket = createHmac('sha256', this.#secret)
      .update(JSON.stringify([user, hash, password]))
      .digest('base64');
    if (this.#right.has(ticket)) return true;
    const isRight = await bcrypt.compare(password, hash ?? NOBODY);
    if (!isRight || hash === undefined) return false;
    if (this.#right.size >= MOST_REMEMBERED) this.#right.clear();
    this.#right.add(ticket);
    return true;
  }
}
