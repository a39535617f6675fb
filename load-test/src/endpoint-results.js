import { createHistogram } from 'node:perf_hooks';

/** @typedef {import('../profiles.js').Endpoint} Endpoint */
/** @typedef {import('./result-table.js').Row} Row */

/** Maximum recorded latency: ten minutes, in microseconds. */
const MAX_LATENCY_US = 600_000_000;

/**
 * What was measured, endpoint by endpoint. Latencies are counted in a histogram of three significant digits, so memory
 * does not grow with the number of requests.
 */
export class EndpointResults {
  /** @param {readonly Endpoint[]} endpoints */
  constructor(endpoints) {
    this.all = counts();
    this.byEndpoint = new Map(endpoints.map((endpoint) => [endpoint, counts()]));
  }

  /**
   * @param {Endpoint} endpoint
   * @param {{status: number, latencyMs: number, bytes: number}} answer
   */
  answered(endpoint, { status, latencyMs, bytes }) {
    const latencyUs = Math.min(Math.max(Math.round(latencyMs * 1000), 1), MAX_LATENCY_US);
    for (const into of this.countsOf(endpoint)) {
      into.requests += 1;
      into.bytes += bytes;
      into.latencyUs.record(latencyUs);
      if (status !== endpoint.expectedStatus) into.errors += 1;
    }
    const { statuses } = this.of(endpoint);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }

  /**
   * A request whose connection failed, timed out, or was closed on it.
   * @param {Endpoint} endpoint
   */
  unanswered(endpoint) {
    for (const into of this.countsOf(endpoint)) {
      into.requests += 1;
      into.errors += 1;
      into.unanswered += 1;
    }
  }

  /**
   * A row for each endpoint, and one for all.
   * @param {number} seconds the run took
   * @returns {{endpoints: Row[], all: Row}}
   */
  rows(seconds) {
    return {
      endpoints: [...this.byEndpoint].map(([{ name }, measured]) => row(name, measured, seconds)),
      all: row('all', this.all, seconds),
    };
  }

  /**
   * What went wrong, a sentence for each endpoint and status; empty when all was as expected.
   * @returns {string[]}
   */
  complaints() {
    return [...this.byEndpoint].flatMap(([{ name, expectedStatus }, { statuses, unanswered }]) => [
      ...[...statuses]
        .filter(([status]) => status !== expectedStatus)
        .map(([status, times]) => `${name}: expected ${expectedStatus}, got ${status} (${times} times)`),
      ...(unanswered > 0 ? [`${name}: expected ${expectedStatus}, got no response (${unanswered} times)`] : []),
    ]);
  }

  /** @param {Endpoint} endpoint */
  of(endpoint) {
    const found = this.byEndpoint.get(endpoint);
    if (found === undefined) throw new Error(`${endpoint.name} is not measured`);
    return found;
  }

  /** @param {Endpoint} endpoint */
  countsOf(endpoint) {
    return [this.all, this.of(endpoint)];
  }
}

function counts() {
  return {
    requests: 0,
    errors: 0,
    unanswered: 0,
    bytes: 0,
    /** @type {Map<number, number>} */
    statuses: new Map(),
    latencyUs: createHistogram({ lowest: 1, highest: MAX_LATENCY_US, figures: 3 }),
  };
}

/**
 * @param {string} name
 * @param {ReturnType<typeof counts>} measured
 * @param {number} seconds
 * @returns {Row}
 */
function row(name, { requests, errors, bytes, latencyUs }, seconds) {
  /** @param {number} percent */
  const percentileMs = (percent) => (latencyUs.count === 0 ? 0 : latencyUs.percentile(percent) / 1000);
  return {
    name,
    requests,
    errors,
    requestsPerSecond: seconds > 0 ? requests / seconds : 0,
    latencyMs: { p50: percentileMs(50), p95: percentileMs(95), p99: percentileMs(99) },
    bytes,
  };
}
