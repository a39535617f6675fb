import { parseArgs } from 'node:util';
import { profiles } from '../profiles.js';

/**
 * What to do, from the command line and the environment.
 * @typedef {object} LoadOptions
 * @property {string} url where the store answers, without a path
 * @property {number} connections
 * @property {readonly import('../profiles.js').Stage[]} stages a rate of 0 is as fast as the connections allow
 * @property {number | undefined} requests exactly so many instead of a duration
 * @property {boolean} json
 */

/**
 * @typedef {{kind: 'run', options: LoadOptions} | {kind: 'help', text: string} | {kind: 'wrong', message: string}} Command
 */

const defaults = { url: 'http://localhost:5050', seconds: 30, connections: 10, requestsPerSecond: 100 };

const help = `Sends load to the demo store and prints a table of results.

  node simple-load-test.js [flags]

  --url URL          address of the store (or BASE_URL; default ${defaults.url})
  --duration S       seconds (default ${defaults.seconds})
  --connections N    number of open connections (default ${defaults.connections})
  --rate N           requests per second over all connections; 0: as fast as possible (default ${defaults.requestsPerSecond})
  --requests N       number of requests, instead of a duration; none is cut off at the end
  --profile NAME     ${Object.keys(profiles).join(', ')}: instead of duration, connections and rate
  --json             print the result as JSON
  --help             print this

Exit code: 0 all as expected; 1 requests failed that should not (the endpoint "error" should); 2 wrong flags.
`;

/**
 * Reads flags and environment; both are from outside, so nothing in them is trusted.
 * @param {readonly string[]} args without the program
 * @param {Readonly<Record<string, string | undefined>>} environment
 * @returns {Command}
 */
export function readOptions(args, environment) {
  try {
    const flags = parseFlags(args);
    if (flags.help) return { kind: 'help', text: help };
    return { kind: 'run', options: resolve(flags, environment) };
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    // Some of parseArgs's messages take three lines.
    return { kind: 'wrong', message: message.replaceAll('\n', ' ') };
  }
}

/** @param {readonly string[]} args */
function parseFlags(args) {
  const text = /** @type {const} */ ({ type: 'string' });
  const flag = /** @type {const} */ ({ type: 'boolean', default: false });
  const options = {
    url: text,
    duration: text,
    connections: text,
    rate: text,
    requests: text,
    profile: text,
    json: flag,
    help: { ...flag, short: 'h' },
  };
  return parseArgs({ args: [...args], options }).values;
}

/**
 * @param {ReturnType<typeof parseFlags>} flags
 * @param {Readonly<Record<string, string | undefined>>} environment
 * @returns {LoadOptions}
 */
function resolve(flags, environment) {
  const { BASE_URL: fromEnvironment = '' } = environment;
  const [place, given] =
    flags.url !== undefined
      ? ['--url', flags.url]
      : ['BASE_URL', fromEnvironment === '' ? defaults.url : fromEnvironment];
  const url = baseUrl(place, given);
  const shared = { url, json: flags.json };
  if (flags.profile !== undefined) {
    const clash = /** @type {const} */ (['duration', 'connections', 'rate', 'requests']).find(
      (name) => flags[name] !== undefined,
    );
    if (clash !== undefined) throw new Error(`--profile: expected no --${clash} beside it, since it sets that itself`);
    const profile = Object.hasOwn(profiles, flags.profile) ? profiles[flags.profile] : undefined;
    if (profile === undefined) {
      throw new Error(
        `--profile: expected one of ${Object.keys(profiles).join(', ')}, got ${JSON.stringify(flags.profile)}`,
      );
    }
    return { ...shared, connections: profile.connections, stages: profile.stages, requests: undefined };
  }
  if (flags.requests !== undefined && flags.duration !== undefined) {
    throw new Error('--requests: expected no --duration beside it, since it ends when all are answered');
  }
  const seconds = number('--duration', flags.duration, defaults.seconds, { min: 0.1, max: 86_400, whole: false });
  const requestsPerSecond = number('--rate', flags.rate, defaults.requestsPerSecond, { min: 0, max: 1_000_000 });
  return {
    ...shared,
    connections: number('--connections', flags.connections, defaults.connections, { min: 1, max: 10_000 }),
    stages: [{ seconds, requestsPerSecond }],
    requests: flags.requests === undefined ? undefined : number('--requests', flags.requests, 0, { min: 1, max: 1e9 }),
  };
}

/**
 * @param {string} name
 * @param {string} text
 */
function baseUrl(name, text) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/' || url.search !== '') {
    throw new Error(`${name}: expected http://host:port without a path, got ${JSON.stringify(text)}`);
  }
  return url.origin;
}

/**
 * @param {string} name
 * @param {string | undefined} text
 * @param {number} fallback
 * @param {{min: number, max: number, whole?: boolean}} limits
 */
function number(name, text, fallback, { min, max, whole = true }) {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value < min || value > max || (whole && !Number.isInteger(value))) {
    throw new Error(
      `${name}: expected a ${whole ? 'whole ' : ''}number from ${min} to ${max}, got ${JSON.stringify(text)}`,
    );
  }
  return value;
}
