/** @import { Endpoint, Profile } from '../profiles.js' */

/**
 * Reads the environment of `k6 run`. An empty variable counts as not set.
 * @param {Readonly<Record<string, string | undefined>>} environment
 * @param {Readonly<Record<string, Profile>>} profiles
 * @returns {{profileName: string, profile: Profile, baseUrl: string}}
 * @throws {Error} for an unknown PROFILE or a BASE_URL that is not an origin
 */
export function k6Settings(environment, profiles) {
  const profileName = setting(environment['PROFILE'], 'smoke');
  const baseUrl = setting(environment['BASE_URL'], 'http://localhost:5050');
  const profile = Object.hasOwn(profiles, profileName) ? profiles[profileName] : undefined;
  if (profile === undefined) {
    throw new Error(`PROFILE: expected one of ${Object.keys(profiles).join(', ')}, got "${profileName}"`);
  }
  if (!/^https?:\/\/[^/]+$/.test(baseUrl)) {
    throw new Error(`BASE_URL: expected http://host:port without a path, got "${baseUrl}"`);
  }
  return { profileName, profile, baseUrl };
}

/**
 * @param {string | undefined} value
 * @param {string} fallback
 */
function setting(value, fallback) {
  return value === undefined || value === '' ? fallback : value;
}

/**
 * The options of a k6 script that sends a profile's load and holds the store to the profile's limits.
 * @param {string} profileName
 * @param {Profile} profile
 * @param {readonly Endpoint[]} endpoints
 */
export function k6Options(profileName, profile, endpoints) {
  return {
    scenarios: {
      [profileName]: {
        // The rate does not sink when the store slows down, so its slowness is measured and not hidden.
        executor: 'ramping-arrival-rate',
        startRate: profile.stages[0]?.requestsPerSecond ?? 0,
        timeUnit: '1s',
        preAllocatedVUs: profile.connections,
        maxVUs: profile.connections,
        // Steps: a stage of no length sets the rate, the next one holds it.
        stages: profile.stages.flatMap(({ seconds, requestsPerSecond }) => [
          { duration: '0s', target: requestsPerSecond },
          { duration: `${seconds}s`, target: requestsPerSecond },
        ]),
      },
    },
    thresholds: thresholds(profileName, profile, endpoints),
    summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
  };
}

/**
 * @param {string} profileName
 * @param {Profile} profile
 * @param {readonly Endpoint[]} endpoints
 * @returns {Record<string, string[]>}
 */
function thresholds(profileName, { limits }, endpoints) {
  /** @type {[string, string[]][]} */
  const limited = [
    // Of the scenario alone, not of setup. A request has failed when its status is not the expected one.
    [`http_req_failed{scenario:${profileName}}`, [`rate<=${limits.errorRate}`]],
    [`http_req_duration{scenario:${profileName}}`, [`p(95)<${limits.p95Ms}`, `p(99)<${limits.p99Ms}`]],
    ...endpoints.flatMap(
      ({ name }) =>
        /** @type {[string, string[]][]} */ ([
          // Always true: k6 reports a metric by tag only when a threshold names it.
          [`http_reqs{endpoint:${name}}`, ['count>=0']],
          [`http_req_duration{endpoint:${name}}`, ['max>=0']],
          [`endpoint_bytes{endpoint:${name}}`, ['count>=0']],
          [`endpoint_errors{endpoint:${name}}`, ['count>=0']],
        ]),
    ),
  ];
  return Object.fromEntries(limited);
}
