import { performance } from 'node:perf_hooks';
import autocannon from 'autocannon';
import { endpoints } from '../profiles.js';
import { requestMix } from './request-mix.js';

/** @typedef {import('./endpoint-results.js').EndpointResults} EndpointResults */

/**
 * @typedef {object} StageOptions
 * @property {string} url
 * @property {number} connections
 * @property {import('../profiles.js').Stage} stage
 * @property {number | undefined} requests exactly so many, instead of the stage's seconds
 */

/**
 * @typedef {object} StageRun
 * @property {Promise<{seconds: number, connectionErrors: ReadonlyMap<string, number>}>} done
 * @property {() => void} stop ends it early; what was measured so far counts
 */

/**
 * Runs one stage. When its time is up, requests that are still under way are cut off and not counted, one a connection
 * at most; with `requests` none is.
 * @param {StageOptions} options
 * @param {EndpointResults} results
 * @returns {StageRun}
 */
export function startStage({ url, connections, stage, requests }, results) {
  const mix = requestMix(endpoints);
  /** @type {Map<string, number>} */
  const connectionErrors = new Map();
  let opened = 0;
  let isStopped = false;

  /** @type {autocannon.Options} */
  const options = {
    url,
    connections: Math.min(connections, requests ?? connections),
    ...(requests === undefined ? { duration: stage.seconds } : { amount: requests }),
    ...(stage.requestsPerSecond > 0 ? { overallRate: stage.requestsPerSecond, ignoreCoordinatedOmission: true } : {}),
    // How often it looks whether time is up, in milliseconds.
    sampleInt: 100,
    // A server that has gone refuses connections as fast as they can be tried.
    bailout: connections,
    setupClient(client) {
      // Each connection begins elsewhere in the mix, so that they do not all join, then all look around.
      const offset = (opened++ * 7) % mix.length;
      const sequence = [...mix.slice(offset), ...mix.slice(0, offset)];
      client.setRequests(sequence.map(({ method, path }) => ({ method, path })));
      measure(client, sequence, results, () => requests !== undefined && !isStopped);
    },
  };

  const startedMs = performance.now();
  /** @type {autocannon.Instance | undefined} */
  let instance;
  const done = /** @type {StageRun['done']} */ (
    new Promise((resolve, reject) => {
      instance = autocannon(options, (/** @type {unknown} */ error) => {
        if (error instanceof Error) reject(error);
        else resolve({ seconds: (performance.now() - startedMs) / 1000, connectionErrors });
      });
      instance.on('reqError', (/** @type {NodeJS.ErrnoException} */ error) => {
        const reason = error.code ?? error.message;
        connectionErrors.set(reason, (connectionErrors.get(reason) ?? 0) + 1);
      });
    })
  );
  return {
    done,
    stop() {
      isStopped = true;
      instance?.stop();
    },
  };
}

/**
 * Measures one connection by its own events. autocannon's totals do not say which request an answer belongs to, its
 * correction for coordinated omission adds samples that were not measured, and a request whose connection the server closes
 * without an answer is in none of its counts.
 * @param {autocannon.Client} client
 * @param {readonly import('../profiles.js').Endpoint[]} sequence its requests, repeated, one at a time
 * @param {EndpointResults} results
 * @param {() => boolean} isLastOwed whether a request under way at the end has failed, rather than been cut off
 */
function measure(client, sequence, results, isLastOwed) {
  let sent = 0;
  /** @type {{endpoint: import('../profiles.js').Endpoint, startedMs: number} | undefined} */
  let underWay;
  const events = /** @type {NodeJS.EventEmitter} */ (client);
  events.on('request', () => {
    if (underWay !== undefined) results.unanswered(underWay.endpoint);
    const endpoint = sequence[sent++ % sequence.length];
    underWay = endpoint && { endpoint, startedMs: performance.now() };
  });
  client.on('response', (status, bytes) => {
    if (underWay === undefined) return;
    results.answered(underWay.endpoint, { status, bytes, latencyMs: performance.now() - underWay.startedMs });
    underWay = undefined;
  });
  events.once('done', () => {
    if (underWay !== undefined && isLastOwed()) results.unanswered(underWay.endpoint);
  });
}
