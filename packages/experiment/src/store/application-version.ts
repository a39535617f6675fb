import { ExperimentError } from '../experiment-error.js';
import { describeValue } from '../spec/schema-problems.js';

/** A version of an application that users are sent to. */
export type ApplicationVersion = {
  readonly version: string;
  /** Which build of the version it is, such as a hash of an image or a commit; metrics of builds are kept apart. May be empty. */
  readonly signature: string;
  /** The share of users, in relation to the weights of the other versions; 0 sends no users. */
  readonly weight: number;
};

/** One build of a version. */
export type Build = Pick<ApplicationVersion, 'version' | 'signature'>;

/** Longest name of an application, version, signature, metric, user or transaction, in bytes of UTF-8: six of them are one LMDB key. */
export const MAX_NAME_BYTES = 200;

const MAX_VERSIONS = 100;

/** @throws ExperimentError `invalid_usage` unless `text` is a text of 1 to 200 bytes of UTF-8, none of them of a control character. */
export function checkName(what: string, text: unknown, options: { readonly mayBeEmpty?: boolean } = {}): void {
  if (typeof text !== 'string') {
    throw new ExperimentError('invalid_usage', `expected ${what} to be a string, got ${describeValue(text)}`);
  }
  if (text === '' && options.mayBeEmpty === true) return;
  // A lone surrogate has no UTF-8: two of them would become one name.
  if (/^[^\p{Cc}\p{Cs}]+$/u.test(text) && Buffer.byteLength(text) <= MAX_NAME_BYTES) return;
  throw new ExperimentError(
    'invalid_usage',
    `expected ${what} to be a string of 1 to ${MAX_NAME_BYTES} bytes without control characters, got ${JSON.stringify(text)}`,
  );
}

/** @throws ExperimentError `invalid_usage` unless `build` is an object with a version and a signature. */
export function checkBuild(build: unknown): void {
  const { version, signature } = fieldsOf('a build', build);
  checkName('a version', version);
  checkName(`the signature of ${String(version)}`, signature, { mayBeEmpty: true });
}

/** @throws ExperimentError `invalid_usage` unless these are 1 to 100 versions of different names, of which one has a weight above 0. */
export function checkVersions(versions: readonly ApplicationVersion[]): void {
  if (!(versions instanceof Array)) {
    throw new ExperimentError('invalid_usage', `expected the versions to be a list, got ${describeValue(versions)}`);
  }
  for (const given of versions) {
    const { version, signature, weight } = fieldsOf('a version', given);
    checkName('a version', version);
    checkName(`the signature of ${String(version)}`, signature, { mayBeEmpty: true });
    // As for values: so that no sum and no product of them overflows.
    if (!(typeof weight === 'number' && weight >= 0 && weight <= 1e9)) {
      throw new ExperimentError(
        'invalid_usage',
        `expected the weight of ${String(version)} to be a number from 0 to 1e9, got ${shownNumber(weight)}`,
      );
    }
  }
  const names = versions.map(({ version }) => version);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new ExperimentError('invalid_usage', `expected each version once, got ${JSON.stringify(twice)} twice`);
  }
  if (versions.length === 0 || versions.length > MAX_VERSIONS) {
    throw new ExperimentError('invalid_usage', `expected 1 to ${MAX_VERSIONS} versions, got ${versions.length}`);
  }
  if (!versions.some(({ weight }) => weight > 0)) {
    const shown = names.map((name) => `${name}=0`).join(', ');
    throw new ExperimentError('invalid_usage', `expected at least one version with a weight above 0, got ${shown}`);
  }
}

/** A value that was to be a number, as an error shows it: JSON has no NaN. */
export function shownNumber(value: unknown): string {
  return typeof value === 'number' ? String(value) : describeValue(value);
}

function fieldsOf(what: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ExperimentError('invalid_usage', `expected ${what} to be an object, got ${describeValue(value)}`);
}
