import { allocatingControl, allocationOf } from './allocation.js';
import { newPromClient, newService, BOUNDS } from './instruments.js';

// Prints the nanoseconds of CPU that one call takes, and what a call through a handle allocates, beside a control that does.
const CALLS = 500_000;
const ROUNDS = 7;
const ROUTES = 64;

const service = newService(process.argv[2] ?? '');
const labelNames = ['method', 'route', 'status'];
const counter = service.counter({ name: 'requests_total', labelNames });
const histogram = service.histogram({ name: 'duration_ms', labelNames, buckets: BOUNDS });
const native = service.histogram({ name: 'native_ms', labelNames, buckets: 'native' });
const gauge = service.gauge({ name: 'queue_length', labelNames });
const peer = newPromClient(labelNames);
const labels = { method: 'GET', route: '/items/:id', status: '200' };
const counterHandle = counter.labels(labels);
const histogramHandle = histogram.labels(labels);
const nativeHandle = native.labels(labels);
const gaugeHandle = gauge.labels(labels);
const counterChild = peer.counter.labels(labels);
const histogramChild = peer.histogram.labels(labels);
const gaugeChild = peer.gauge.labels(labels);
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
  nativeObserve: (n: number): void => {
    for (let i = 0; i < n; i += 1) nativeHandle.observe(i % 6000);
  },
  childObserve: (n: number): void => {
    for (let i = 0; i < n; i += 1) histogramChild.observe(i % 6000);
  },
  handleSet: (n: number): void => {
    for (let i = 0; i < n; i += 1) gaugeHandle.set(i % 6000);
  },
  childSet: (n: number): void => {
    for (let i = 0; i < n; i += 1) gaugeChild.set(i % 6000);
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

allocatingControl(CALLS);
const allocated = {
  handleInc: allocationOf(programs.handleInc, 10_000_000),
  handleObserve: allocationOf(programs.handleObserve, 10_000_000),
  nativeObserve: allocationOf(programs.nativeObserve, 10_000_000),
  handleSet: allocationOf(programs.handleSet, 10_000_000),
  childInc: allocationOf(programs.childInc, 1_000_000),
  childObserve: allocationOf(programs.childObserve, 1_000_000),
  childSet: allocationOf(programs.childSet, 1_000_000),
  control: allocationOf(allocatingControl, 10_000_000),
};
process.stdout.write(JSON.stringify({ nanoseconds, allocated }), () => process.exit());
