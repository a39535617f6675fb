// The library as the conformance kit runs it: npm run conformance -- -- node examples/node/conformance.mjs
// Reads requests from standard input and writes answers to standard output, one JSON object a line; see docs/conformance.md.
import { createInterface } from 'node:readline';
import { RedisMetricsService } from '@redmeter/redis-metrics';

/** @typedef {import('@redmeter/redis-metrics').RedisMetricsService} Service */
/** @typedef {Record<string, string>} Labels */
/** @typedef {{ name: string, labels?: Labels, value: number | string, exemplar?: Labels }} Recording */
/** @typedef {{ schema: number, zeroThreshold?: number, maxBuckets?: number }} Native */
/** @typedef {(labels: Labels, value: number, exemplar?: Labels) => void} Recorder */
/** @typedef {{ redis: string, prefix: string, ttlMs: number }} OpenOptions */
/** @typedef {{ type: string, name: string, help?: string, unit?: string, bounds?: number[], native?: Native, mode?: 'last' | 'process' | 'sum' }} Declaration */

const TYPES = /** @type {const} */ (['counter', 'gauge', 'histogram']);
const FEATURES = ['native_histograms', 'exemplars'];
const SPECIAL = new Map([
  ['NaN', NaN],
  ['+Inf', Infinity],
  ['-Inf', -Infinity],
]);

/** @type {(line: string) => Request} */
const readRequest = JSON.parse;

/** Warnings go nowhere: drops are counted, and the kit asks for them. */
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** @type {Service | undefined} One writer at a time: `open` begins the next one. */
let open;
/** What records a metric, by its name. @type {Map<string, Recorder>} */
const recorders = new Map();

function service() {
  if (open === undefined) throw new Error('expected open first');
  return open;
}

/** @typedef {OpenOptions & Declaration & { id: number, do: string, recordings: Recording[] }} Request with the fields of each kind */

/** What answers a request, by what it asks to do. @type {Record<string, (request: Request) => unknown>} */
const handlers = {
  describe: () => ({ protocol: 1, name: '@redmeter/redis-metrics', types: TYPES, features: FEATURES }),
  open: ({ redis, prefix, ttlMs }) => {
    recorders.clear();
    open = new RedisMetricsService({
      ...{ redis, prefix, logger, ttlSeconds: ttlMs / 1000 },
      // The kit says when to flush.
      flushIntervalMs: ttlMs / 3,
      ownMetrics: false,
    });
  },
  declare,
  record: ({ recordings }) => {
    for (const { name, labels = {}, value, exemplar } of recordings) {
      recorders.get(name)?.(labels, typeof value === 'string' ? (SPECIAL.get(value) ?? NaN) : value, exemplar);
    }
  },
  flush: async () => {
    try {
      await service().flush();
      return { done: true };
    } catch (error) {
      return { done: false, error: error instanceof Error ? error.message : String(error) };
    }
  },
  statistics,
  close: () => service().close(),
};

/** @param {Declaration} declaration */
function declare({ type, name, bounds, native, mode, ...texts }) {
  const { help, unit } = texts;
  const definition = { name, ...(help === undefined ? {} : { help }), ...(unit === undefined ? {} : { unit }) };
  if (type === 'counter') {
    const family = service().counter(definition);
    note(name, (labels, value, exemplar) => family.labels(labels).inc(value, exemplar));
  } else if (type === 'histogram') {
    const family = service().histogram({ ...definition, ...bucketsOf(bounds, native) });
    note(name, (labels, value, exemplar) => family.labels(labels).observe(value, exemplar));
  } else {
    const family = service().gauge(mode === undefined ? definition : { ...definition, mode });
    note(name, (labels, value) => {
      const gauge = family.labels(labels);
      if (mode === 'sum') gauge.inc(value);
      else gauge.set(value);
    });
  }
}

/**
 * @param {number[] | undefined} bounds
 * @param {Native | undefined} native
 * @returns {{ buckets: number[] } | ({ buckets: 'native', classicBuckets?: number[] } & Native)}
 */
function bucketsOf(bounds, native) {
  if (native === undefined) return { buckets: bounds ?? [] };
  return { buckets: 'native', ...native, ...(bounds === undefined ? {} : { classicBuckets: bounds }) };
}

/**
 * @param {string} name
 * @param {Recorder} record
 */
function note(name, record) {
  if (!recorders.has(name)) recorders.set(name, record);
}

function statistics() {
  const stats = service().stats();
  const sum = { recorded: 0, flushed: 0, pending: 0, coalesced: stats.gauge.coalesced };
  /** @type {Record<string, number>} */
  const dropped = {};
  for (const type of TYPES) {
    for (const field of /** @type {const} */ (['recorded', 'flushed', 'pending'])) sum[field] += stats[type][field];
    for (const [reason, count] of Object.entries(stats[type].dropped)) dropped[reason] = (dropped[reason] ?? 0) + count;
  }
  return { ...sum, dropped };
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = readRequest(line);
  const answer = await handlers[request.do]?.(request);
  process.stdout.write(`${JSON.stringify({ id: request.id, ...(typeof answer === 'object' ? answer : {}) })}\n`);
}
process.exit();
