// Node and k6 both load this file and everything under src/: plain ECMAScript modules, no imports of either.

/**
 * One of the store's endpoints, and its part of the load.
 * @typedef {object} Endpoint
 * @property {string} name how tables and tags call it
 * @property {'GET' | 'POST'} method
 * @property {string} path
 * @property {number} weight its share of 100 requests
 * @property {number} expectedStatus any other status is an error
 */

/** @type {readonly Endpoint[]} As many join as look around, so that the store does not fill up; a few errors, to be seen. */
export const endpoints = [
  { name: 'join', method: 'GET', path: '/api/store/join', weight: 28, expectedStatus: 200 },
  { name: 'look-around', method: 'GET', path: '/api/store/look-around', weight: 28, expectedStatus: 200 },
  { name: 'served', method: 'GET', path: '/api/store/served', weight: 18, expectedStatus: 200 },
  { name: 'leave', method: 'GET', path: '/api/store/leave', weight: 10, expectedStatus: 200 },
  { name: 'simulate', method: 'POST', path: '/api/store/simulate', weight: 12, expectedStatus: 200 },
  { name: 'error', method: 'GET', path: '/api/store/error', weight: 4, expectedStatus: 500 },
];

/**
 * Load at one rate for some time.
 * @typedef {object} Stage
 * @property {number} seconds
 * @property {number} requestsPerSecond over all connections
 */

/**
 * A course of load and what the store must hold under it.
 * @typedef {object} Profile
 * @property {string} question what the profile tests
 * @property {number} connections the most that are used at once
 * @property {readonly Stage[]} stages one after another, each at its rate from its start
 * @property {{errorRate: number, p95Ms: number, p99Ms: number}} limits the highest share of errors and latencies that pass
 */

/** @type {Readonly<Record<string, Profile>>} */
export const profiles = {
  smoke: {
    question: 'does it work?',
    connections: 2,
    stages: [{ seconds: 10, requestsPerSecond: 10 }],
    limits: { errorRate: 0, p95Ms: 250, p99Ms: 500 },
  },
  load: {
    question: 'does it handle normal load?',
    connections: 20,
    stages: [{ seconds: 60, requestsPerSecond: 100 }],
    limits: { errorRate: 0, p95Ms: 250, p99Ms: 500 },
  },
  stress: {
    question: 'how does it behave as the load grows?',
    connections: 100,
    stages: [
      { seconds: 20, requestsPerSecond: 100 },
      { seconds: 20, requestsPerSecond: 300 },
      { seconds: 20, requestsPerSecond: 600 },
      { seconds: 20, requestsPerSecond: 1000 },
    ],
    limits: { errorRate: 0.01, p95Ms: 1000, p99Ms: 2000 },
  },
  spike: {
    question: 'does it survive a sudden peak, and recover?',
    connections: 100,
    stages: [
      { seconds: 15, requestsPerSecond: 50 },
      { seconds: 10, requestsPerSecond: 800 },
      { seconds: 20, requestsPerSecond: 50 },
    ],
    limits: { errorRate: 0.01, p95Ms: 1000, p99Ms: 2000 },
  },
};
