import { execFile, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startRedisServer } from '@redmeter/test-servers';
import type { Benchmark, Result } from './benchmark.js';
import { programPath } from './child-program.js';
import { median } from './statistics.js';

const AUTOCANNON = join(dirname(createRequire(import.meta.url).resolve('autocannon/package.json')), 'autocannon.js');
const KINDS = ['none', 'library', 'prom-client'] as const;
const ROUNDS = 5;
/** At least one flush, and one scrape, fall into a round. */
const ROUND_SECONDS = 6;
const CONNECTIONS = 20;

type Kind = (typeof KINDS)[number];

interface Measurement {
  readonly requestsPerSecond: number;
  /** CPU of the store's process. */
  readonly microsecondsPerRequest: number;
}

interface Store {
  readonly kind: Kind;
  readonly process: ChildProcess;
  readonly url: string;
  readonly measurements: Measurement[];
}

/** The demo store without delays: what recording costs it, with the library and with prom-client. */
export const store: Benchmark = {
  name: 'store',
  async run(progress) {
    const server = await startRedisServer();
    const stores: Store[] = [];
    try {
      for (const kind of KINDS) stores.push(await start(kind, server.url));
      for (const each of stores) await load(each.url, 2);
      for (let round = 1; round <= ROUNDS; round += 1) {
        // In another order each time, since the machine may slow down or speed up in the course of a round.
        const order = [...stores.slice(round % KINDS.length), ...stores.slice(0, round % KINDS.length)];
        for (const each of order) {
          progress(`round ${round} of ${ROUNDS}, ${each.kind}`);
          each.measurements.push(await measure(each));
        }
      }
      return result(stores);
    } finally {
      for (const each of stores) each.process.kill();
      await server.stop();
    }
  },
};

async function start(kind: Kind, redisUrl: string): Promise<Store> {
  const child = fork(programPath(import.meta.url, 'store-server'), [kind, redisUrl]);
  const [port] = (await once(child, 'message')) as [number];
  return { kind, process: child, url: `http://127.0.0.1:${port}/api/store/join`, measurements: [] };
}

/** Requests as fast as they are answered; how many there were. */
async function load(url: string, seconds: number): Promise<number> {
  const args = [AUTOCANNON, '--json', '--connections', String(CONNECTIONS), '--duration', String(seconds), url];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { requests, non2xx } = JSON.parse(stdout) as { requests: { total: number }; non2xx: number };
  if (non2xx > 0) throw new Error(`expected answers 2xx of ${url}, got ${non2xx} others`);
  return requests.total;
}

async function usageMicroseconds(child: ChildProcess): Promise<number> {
  child.send('usage');
  const [{ user, system }] = (await once(child, 'message')) as [NodeJS.CpuUsage];
  return user + system;
}

async function measure({ process: child, url }: Store): Promise<Measurement> {
  const before = await usageMicroseconds(child);
  const startedAtMs = performance.now();
  const requests = await load(url, ROUND_SECONDS);
  const seconds = (performance.now() - startedAtMs) / 1000;
  const used = (await usageMicroseconds(child)) - before;
  return { requestsPerSecond: requests / seconds, microsecondsPerRequest: used / requests };
}

function result(stores: readonly Store[]): Result {
  const of = (kind: Kind, what: keyof Measurement): number =>
    median(stores.find((each) => each.kind === kind)?.measurements.map((one) => one[what]) ?? []);
  const added = (kind: Kind): number =>
    (of(kind, 'microsecondsPerRequest') - of('none', 'microsecondsPerRequest')) * 1000;
  return {
    name: 'store',
    method:
      `The demo store with handlers' delays at zero under autocannon with ${CONNECTIONS} connections, in a process of its own each: ` +
      `recording nothing, with the library, with prom-client and a scrape every 5 s. Medians of ${ROUNDS} rounds of ${ROUND_SECONDS} s that take turns.`,
    columns: ['metrics', 'requests/s', 'CPU µs a request', 'ns above none'],
    rows: stores.map(({ kind }) => [
      kind,
      of(kind, 'requestsPerSecond').toFixed(0),
      of(kind, 'microsecondsPerRequest').toFixed(2),
      kind === 'none' ? '' : added(kind).toFixed(0),
    ]),
    claims: [
      {
        text: 'requests a second with the library, of those without metrics',
        measured: of('library', 'requestsPerSecond') / of('none', 'requestsPerSecond'),
        atLeast: 0.97,
        unit: '',
      },
      {
        text: 'CPU of a request without metrics, of one with the library',
        measured: of('none', 'microsecondsPerRequest') / of('library', 'microsecondsPerRequest'),
        atLeast: 0.97,
        unit: '',
      },
    ],
  };
}
