import { startRedisServer } from '@redmeter/test-servers';
import { holds, limitOf, type Benchmark, type Claim, type Progress, type Result } from './benchmark.js';
import { programPath, runProgram } from './child-program.js';
import type { Allocation } from './library/allocation.js';
import type { FlushTurn } from './library/cluster.js';
import { median, percentile } from './statistics.js';

interface Calls {
  readonly nanoseconds: Readonly<Record<string, number>>;
  readonly allocated: Readonly<Record<string, Allocation>>;
}

interface Cost {
  readonly ms: number;
  readonly processCpuMs: number;
  readonly redisCpuMs: number;
}

interface Flushes {
  readonly flushes: readonly Cost[];
  readonly sets: readonly Cost[];
  /** For how long each call of the merge script held Redis. */
  readonly mergesMs: readonly number[];
  readonly dropped: Readonly<Record<string, number>>;
}

interface ExactSeries {
  readonly exactSeries: number;
  readonly series: number;
}

/** One line of the table: what the library took, what the peer took, and what is claimed of the two. */
interface Line {
  readonly what: string;
  readonly library: string;
  readonly peer: string;
  readonly claim?: Claim;
}

const FLUSHED_SERIES = 100_000;

/** The library that services record with, beside prom-client, each part in a process of its own. */
export const libraryBesidePromClient: Benchmark = {
  name: 'library',
  async run(progress) {
    const lines: Line[] = [];
    lines.push(...(await withRedis(progress, 'calls', calls)));
    lines.push(...(await withRedis(progress, 'memory', memory)));
    for (const type of ['counter', 'histogram'] as const) {
      lines.push(...(await withRedis(progress, `flush of ${type}s`, (url) => flushes(url, type))));
    }
    lines.push(...(await withRedis(progress, 'cluster', clusters)));
    return result(lines);
  },
};

async function withRedis(progress: Progress, what: string, measure: (url: string) => Promise<Line[]>): Promise<Line[]> {
  progress(what);
  const server = await startRedisServer();
  try {
    return await measure(server.url);
  } finally {
    await server.stop();
  }
}

function program<T>(name: string, ...args: string[]): Promise<T> {
  return runProgram<T>(programPath(import.meta.url, `library/${name}`), args);
}

async function calls(url: string): Promise<Line[]> {
  const { nanoseconds, allocated } = await program<Calls>('calls', url);
  const line = (what: string, ours: string, theirs: string, atLeast: number): Line => {
    const [library = Number.NaN, peer = Number.NaN] = [nanoseconds[ours], nanoseconds[theirs]];
    const claim = { text: `${what}, times faster`, measured: peer / library, atLeast, unit: 'x' };
    return { what, library: `${library.toFixed(1)} ns`, peer: `${peer.toFixed(1)} ns`, claim };
  };
  const bytes = (name: string): string => {
    const { bytesPerCall, collections } = allocated[name] ?? { bytesPerCall: Number.NaN, collections: Number.NaN };
    return `${bytesPerCall.toFixed(3)} B, ${collections} GCs`;
  };
  const claimed = (text: string, name: string, limit: { atMost: number } | { atLeast: number }): Claim => ({
    ...{ text, measured: allocated[name]?.bytesPerCall ?? Number.NaN, unit: ' B', ...limit },
  });
  // The least that there is on a heap takes more; what is left are the measurement's own objects, over ten million calls.
  const nothing = { atMost: 0.1 };
  return [
    line('inc() through a handle', 'handleInc', 'childInc', 10),
    line('observe() through a handle', 'handleObserve', 'childObserve', 10),
    nativeLine(nanoseconds),
    line('set() through a handle', 'handleSet', 'childSet', 20),
    line('inc by name with 3 labels', 'byNameInc', 'labelledInc', 5),
    line('observe by name with 3 labels', 'byNameObserve', 'labelledObserve', 5),
    {
      what: 'allocated by inc()',
      library: bytes('handleInc'),
      peer: bytes('childInc'),
      claim: claimed('allocated by inc(), bytes a call', 'handleInc', nothing),
    },
    {
      what: 'allocated by observe()',
      library: bytes('handleObserve'),
      peer: bytes('childObserve'),
      claim: claimed('allocated by observe(), bytes a call', 'handleObserve', nothing),
    },
    {
      what: 'allocated by observe() of a native histogram',
      library: bytes('nativeObserve'),
      peer: bytes('childObserve'),
      claim: claimed('allocated by observe() of a native histogram, bytes a call', 'nativeObserve', nothing),
    },
    {
      what: 'allocated by set()',
      library: bytes('handleSet'),
      peer: bytes('childSet'),
      claim: claimed('allocated by set(), bytes a call', 'handleSet', nothing),
    },
    {
      what: '  by a control that allocates an object',
      library: bytes('control'),
      peer: '',
      claim: claimed('allocated by the control that does, bytes a call', 'control', { atLeast: 8 }),
    },
  ];
}

/** prom-client has no native histograms: beside it stands the library's own with ten bounds. */
function nativeLine(nanoseconds: Readonly<Record<string, number>>): Line {
  const { nativeObserve = Number.NaN, handleObserve = Number.NaN } = nanoseconds;
  const text = 'observe() of a native histogram, of one with ten bounds';
  return {
    what: 'observe() of a native histogram',
    library: `${nativeObserve.toFixed(1)} ns`,
    peer: `with bounds: ${handleObserve.toFixed(1)} ns`,
    claim: { text, measured: nativeObserve / handleObserve, atMost: 2, unit: 'x' },
  };
}

async function memory(url: string): Promise<Line[]> {
  const library = await program<Record<string, number>>('memory', 'library', url);
  const { counted = Number.NaN } = await program<Record<string, number>>('memory', 'prom-client');
  const states = { waiting: 'before a flush', flushed: 'after it', flushedAgain: 'after the next' };
  return Object.entries(states).map(([state, when]) => {
    const bytes = library[state] ?? Number.NaN;
    const text = `memory of a counter series ${when}, times prom-client's`;
    return {
      what: `a counter series in memory, ${when}`,
      library: `${bytes.toFixed(0)} B`,
      peer: `${counted.toFixed(0)} B`,
      claim: { text, measured: bytes / counted, atMost: 1, unit: 'x' },
    };
  });
}

/** The wish is 0.9 and 0.6 of SET's rate; docs/benchmarks.md says what bounds it. */
const FLUSH_LIMITS = {
  counter: { seriesPerSecond: 100_000, ofSet: 0.6 },
  histogram: { seriesPerSecond: 45_000, ofSet: 0.35 },
};

async function flushes(url: string, type: 'counter' | 'histogram'): Promise<Line[]> {
  const measured = await program<Flushes>('flush', url, type);
  if (Object.keys(measured.dropped).length > 0) {
    throw new Error(`expected nothing dropped, got ${JSON.stringify(measured.dropped)}`);
  }
  const rate = (costs: readonly Cost[]): number => median(costs.map(({ ms }) => (FLUSHED_SERIES * 1000) / ms));
  const cpu = (costs: readonly Cost[], of: 'processCpuMs' | 'redisCpuMs'): string =>
    `${median(costs.map((cost) => (cost[of] * 1000) / FLUSHED_SERIES)).toFixed(2)} µs`;
  const [library, peer] = [rate(measured.flushes), rate(measured.sets)];
  const p99Ms = percentile(measured.mergesMs, 99);
  const limits = FLUSH_LIMITS[type];
  return [
    {
      what: `flush of 100,000 ${type}s, a second`,
      library: Math.round(library).toString(),
      peer: `SET: ${Math.round(peer)}`,
      claim: { text: `${type}s flushed a second`, measured: library, atLeast: limits.seriesPerSecond, unit: '' },
    },
    {
      what: '  of pipelined SETs of the same JSON',
      library: `${library > 0 ? (1e6 / library).toFixed(2) : '?'} µs`,
      peer: `${(1e6 / peer).toFixed(2)} µs`,
      claim: { text: `${type}s flushed, of SETs`, measured: library / peer, atLeast: limits.ofSet, unit: 'x' },
    },
    {
      what: '  CPU of the process a series',
      library: cpu(measured.flushes, 'processCpuMs'),
      peer: cpu(measured.sets, 'processCpuMs'),
    },
    {
      what: '  CPU of Redis a series',
      library: cpu(measured.flushes, 'redisCpuMs'),
      peer: cpu(measured.sets, 'redisCpuMs'),
    },
    {
      what: `  99 of 100 merge calls, of ${measured.mergesMs.length}`,
      library: `${p99Ms.toFixed(2)} ms`,
      peer: '',
      claim: { text: `99 of 100 merge calls of ${type}s`, measured: p99Ms, atMost: 1, unit: ' ms' },
    },
  ];
}

async function clusters(url: string): Promise<Line[]> {
  const { turns, ...library } = await program<ExactSeries & { turns: readonly FlushTurn[] }>('cluster', 'library', url);
  const peer = await program<ExactSeries & { scrapeMs: number; longestTurnMs: number }>('cluster', 'prom-client');
  const longest = (msOf: (turn: FlushTurn) => number): number => Math.max(...turns.map(msOf));
  const text = "longest turn of any process's flush, above its own idle one's";
  return [
    {
      what: '4 workers, 50,000 series each: longest turn',
      library: `${longest(({ longestTurnMs }) => longestTurnMs).toFixed(1)} ms`,
      peer: `${peer.longestTurnMs.toFixed(1)} ms`,
      claim: {
        ...{ text, atMost: 10, unit: ' ms' },
        measured: longest(({ longestTurnMs, idleTurnMs }) => Math.max(0, longestTurnMs - idleTurnMs)),
      },
    },
    {
      what: '  longest turn of an idle process',
      library: `${longest(({ idleTurnMs }) => idleTurnMs).toFixed(1)} ms`,
      peer: '',
    },
    {
      what: '  longest flush, all at once; longest scrape',
      library: `${longest(({ tookMs }) => tookMs).toFixed(0)} ms`,
      peer: `${peer.scrapeMs.toFixed(0)} ms`,
    },
    {
      what: '  series with exact totals',
      library: `${library.exactSeries}`,
      peer: `${peer.exactSeries}`,
      claim: { text: 'series with exact totals', measured: library.exactSeries, atLeast: library.series, unit: '' },
    },
  ];
}

function result(lines: readonly Line[]): Result {
  return {
    name: 'library',
    method:
      '@redmeter/redis-metrics beside prom-client 15 (for flushes: beside ioredis pipelines of SET, in batches of the same size), ' +
      'on a Redis of their own. Calls: CPU time, best of 7 rounds. Flushes: medians of 4 rounds that take turns. Turns of the ' +
      'event loop: CPU time of the main thread; in a cluster of every process, the primary counting too, or of the primary that ' +
      'aggregates.',
    columns: ['measured', 'library', 'peer', 'value', 'limit', ''],
    rows: lines.map(({ what, library, peer, claim }) => [
      what,
      library,
      peer,
      claim === undefined ? '' : `${+claim.measured.toFixed(2)}${claim.unit}`,
      claim === undefined ? '' : limitOf(claim),
      claim === undefined ? '' : holds(claim) ? 'holds' : 'DOES NOT HOLD',
    ]),
    claims: lines.flatMap(({ claim }) => (claim === undefined ? [] : [claim])),
  };
}
