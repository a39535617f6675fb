import { newPromClient, newService, BOUNDS } from './instruments.js';

// Prints the nanoseconds of CPU that one call takes, and the bytes that a call through a handle allocates.
const CALLS = 500_000;
const ROUNDS = 7;
const ROUTES = 64;

const service = newService(process.argv[2] ?? '');
const labelNames = ['method', 'route', 'status'];
const counter = service.counter({ name: 'requests_total', labelNames });
const histogram = service.histogram({ name: 'duration_ms', labelNames, buckets: BOUNDS });
const peer = newPromClient(labelNames);
const labels = { method: 'GET', route: '/items/:id', status: '200' };
const counterHandle = counter.labels(labels);
const histogramHandle = histogram.labels(labels);
const counterChild = peer.counter.labels(labels);
const histogramChild = peer.histogram.labels(labels);
const routes = Array.from({ length: ROUTES }, (_, i) => `/items/${i}/details`);
const labelsOf = (i: number): typeof labels => ({ method: 'GET', route: routes[i % ROUTES] ?? '', status: '200' });

const programs = {
  handleInc: (n: number): void => {
    for (let i = 0; i < n; i += 1) counterHandle.inc();
  },
  childInc: (n: number): void => {
    for (let i = 0; i < n; i += 1) counterChild.inc();
  },
  handleObserve: (n: number): void => {
    for (let i = 0; i < n; i += 1) histogramHandle.observe(i % 6000);
  },
  childObserve: (n: number): void => {
    for (let i = 0; i < n; i += 1) histogramChild.observe(i % 6000);
  },
  byNameInc: (n: number): void => {
    for (let i = 0; i < n; i += 1) service.incrementCounter('requests_total', 1, labelsOf(i));
  },
  labelledInc: (n: number): void => {
    for (let i = 0; i < n; i += 1) peer.counter.inc(labelsOf(i));
  },
  byNameObserve: (n: number): void => {
    for (let i = 0; i < n; i += 1) service.recordHistogram('duration_ms', i % 6000, labelsOf(i));
  },
  labelledObserve: (n: number): void => {
    for (let i = 0; i < n; i += 1) peer.histogram.observe(labelsOf(i), i % 6000);
  },
};

// The programs take turns, and the best round counts: what the machine does beside falls on some rounds of each.
const nanoseconds: Record<string, number> = {};
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, program] of Object.entries(programs)) {
    const before = process.cpuUsage();
    program(CALLS);
    const { user, system } = process.cpuUsage(before);
    nanoseconds[name] = Math.min(nanoseconds[name] ?? Number.POSITIVE_INFINITY, ((user + system) * 1000) / CALLS);
  }
}

/** Bytes a call leaves on the heap, for the collector to find; the heap grows by each of them, until it is collected. */
function bytesPerCall(program: (n: number) => void, calls: number): number {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  program(calls);
  return (process.memoryUsage().heapUsed - before) / calls;
}
const allocated = {
  handleInc: bytesPerCall(programs.handleInc, 10_000_000),
  handleObserve: bytesPerCall(programs.handleObserve, 10_000_000),
  // Few enough that nothing is collected meanwhile.
  childInc: bytesPerCall(programs.childInc, 20_000),
  childObserve: bytesPerCall(programs.childObserve, 20_000),
};
process.stdout.write(JSON.stringify({ nanoseconds, allocated }), () => process.exit());
