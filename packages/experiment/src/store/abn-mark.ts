import { hash } from 'node:crypto';
import { z } from 'zod';
import type { StoredValue } from './abn-storage.js';
import type { Build } from './application-version.js';
import { readStoredJson } from './stored-text.js';

/** Bytes of a digest: of a million values two are mistaken for one with a probability of about 3e-8. */
const DIGEST_BYTES = 8;

const markSchema = z.object({
  id: z.string(),
  builds: z.array(z.object({ version: z.string(), signature: z.string(), users: z.string(), values: z.string() })),
});

/** The users and values that a build had when a mark was taken, by digests: a mark holds no names of users. */
export type MarkedBuild = { hasUser(user: string): boolean; hasValue(value: Omit<StoredValue, 'value'>): boolean };

/** Collects the users and values of a build for a mark. */
export class BuildDigests {
  readonly #users: Buffer[] = [];
  readonly #values: Buffer[] = [];

  addUser(user: string): void {
    this.#users.push(userDigest(user));
  }

  addValue(value: Omit<StoredValue, 'value'>): void {
    this.#values.push(valueDigest(value));
  }

  /** As `markText` takes it. */
  text({ version, signature }: Build): z.output<typeof markSchema>['builds'][number] {
    return { version, signature, users: joined(this.#users), values: joined(this.#values) };
  }
}

/** A mark as the store keeps it. @param id Names the moment. */
export function markText(id: string, builds: readonly ReturnType<BuildDigests['text']>[]): string {
  return JSON.stringify({ id, builds });
}

/** The moment of a stored mark. @throws ExperimentError `store_unavailable` when something else wrote it */
export function markId(text: string): string {
  return readStoredJson(text, markSchema).id;
}

/** What a build had at a stored mark; nothing when it was not known then. @throws ExperimentError `store_unavailable` */
export function markedBuild(text: string, { version, signature }: Build): MarkedBuild {
  const { builds } = readStoredJson(text, markSchema);
  const found = builds.find((build) => build.version === version && build.signature === signature);
  const [users, values] = [digestsIn(found?.users ?? ''), digestsIn(found?.values ?? '')];
  return {
    hasUser: (user) => users.has(userDigest(user).toString('latin1')),
    hasValue: (value) => values.has(valueDigest(value).toString('latin1')),
  };
}

function userDigest(user: string): Buffer {
  return digest(user);
}

// Names hold no NUL.
function valueDigest({ metric, user, transaction }: Omit<StoredValue, 'value'>): Buffer {
  return digest(`${metric}\0${user}\0${transaction}`);
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer').subarray(0, DIGEST_BYTES);
}

function joined(digests: readonly Buffer[]): string {
  return Buffer.concat(digests).toString('base64');
}

function digestsIn(text: string): Set<string> {
  const bytes = Buffer.from(text, 'base64').toString('latin1');
  const digests = new Set<string>();
  for (let start = 0; start < bytes.length; start += DIGEST_BYTES)
    digests.add(bytes.slice(start, start + DIGEST_BYTES));
  return digests;
}
