import { createHash } from 'node:crypto';
import { ExperimentError } from '../experiment-error.js';
import { checkName, type ApplicationVersion } from './application-version.js';

const TWO_TO_20 = 2 ** 20;
const TWO_TO_52 = 2 ** 52;

/**
 * The version a user is sent to, by weighted rendezvous hashing: the one with the greatest -weight / ln(u), where u is drawn from
 * a hash of the application, the version and the user (Schindelhauer and Schomaker, "Weighted Distributed Hash Tables", 2005;
 * in this form: Resch, "New Hashing Algorithms for Data Storage", 2015). So each version gets its share of the users, every
 * process and language agrees, and a change of weights moves only the users that it must.
 *
 * @throws ExperimentError `invalid_usage` on a bad name of a user, and where no version has a weight above 0
 */
export function assignVersion(
  application: string,
  user: string,
  versions: readonly ApplicationVersion[],
): ApplicationVersion {
  checkName('a user', user);
  let best: { readonly version: ApplicationVersion; readonly score: number } | undefined;
  for (const version of versions) {
    if (version.weight === 0) continue;
    const score = -version.weight / Math.log(uniformOf(application, version.version, user));
    if (best === undefined || score > best.score) best = { version, score };
  }
  if (best !== undefined) return best.version;
  const shown = versions.map(({ version, weight }) => `${version}=${weight}`).join(', ') || 'no version';
  throw new ExperimentError(
    'invalid_usage',
    `expected a version of ${application} with a weight above 0, got ${shown}`,
  );
}

/**
 * A number in ]0, 1[ for a user and a version: the first 52 bits of SHA-256 over `application NUL version NUL user` in UTF-8,
 * and a half, divided by 2^52. Names hold no NUL, so that no two of these texts are the same.
 */
export function uniformOf(application: string, version: string, user: string): number {
  const digest = createHash('sha256').update(`${application}\0${version}\0${user}`).digest();
  const bits = digest.readUInt32BE(0) * TWO_TO_20 + (digest.readUInt32BE(4) >>> 12);
  return (bits + 0.5) / TWO_TO_52;
}
