import { newFolder } from '@redmeter/test-servers';
import { credentials, makeGenericClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { openMetricsStore } from '@redmeter/experiment';
import { abnDefinition } from '@redmeter/service';
import { rm } from 'node:fs/promises';
import type { Benchmark, Progress, Result } from './benchmark.js';
import { programPath, runProgram } from './child-program.js';
import { MeasuredProcess } from './measured-process.js';
import { median } from './statistics.js';

const ROUNDS = 5;
const LOOKUPS = 10_000;
const CONCURRENCY = 64;
const NUM_USERS = 1000;
const LOOKUPS_ALONE = 200_000;

type Measured = { readonly cpuUs: number; readonly perSecond: number };
type LookupMethod = (message: object, callback: (error: ServiceError | null) => void) => void;

/** `Lookup` of the A/B/n service beside the same method of the same gRPC library that answers at once. */
export const serviceBesideGrpcEcho: Benchmark = { name: 'service', run };

async function run(progress: Progress): Promise<Result> {
  const folder = newFolder();
  try {
    const store = await openMetricsStore({}, { METRICS_EMBEDDED_FOLDER: folder });
    await store.setVersions('shop', [
      { version: 'v1', signature: '', weight: 80 },
      { version: 'v2', signature: '', weight: 20 },
    ]);
    await store.close();
    progress('service: lookups without a network');
    const alone = await runProgram<{ cpuUs: number }>(programPath(import.meta.url, 'lookup-cost'), [
      folder,
      String(LOOKUPS_ALONE),
    ]);
    const server = programPath(import.meta.url, 'service-server');
    const echo = new MeasuredProcess(server, ['echo']);
    const service = new MeasuredProcess(server, ['service', folder]);
    try {
      const targets = { echo: await connect(echo), service: await connect(service) };
      const results: Record<keyof typeof targets, Measured[]> = { echo: [], service: [] };
      // The first round warms both up.
      for (let round = 0; round <= ROUNDS; round += 1) {
        for (const name of ['echo', 'service'] as const) {
          progress(`service: ${name}, round ${round} of ${ROUNDS}`);
          const measured = await measure(targets[name].lookUp, name === 'echo' ? echo : service);
          if (round > 0) results[name].push(measured);
        }
      }
      targets.echo.close();
      targets.service.close();
      return resultOf(results.echo, results.service, alone.cpuUs);
    } finally {
      echo.stop();
      service.stop();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function connect(
  server: MeasuredProcess,
): Promise<{ lookUp: (user: string) => Promise<void>; close: () => void }> {
  const address = (await server.firstOutput()).trim();
  const Client = makeGenericClientConstructor(abnDefinition('1.1'), 'ABN');
  const client = new Client(address, credentials.createInsecure());
  const method = (client as unknown as { readonly Lookup: LookupMethod }).Lookup.bind(client);
  return {
    lookUp: (user) =>
      new Promise((resolve, reject) =>
        method({ name: 'shop', user }, (error) => (error === null ? resolve() : reject(error))),
      ),
    close: () => client.close(),
  };
}

async function measure(lookUp: (user: string) => Promise<void>, server: MeasuredProcess): Promise<Measured> {
  const beforeMs = await server.cpuMs();
  const startMs = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      while (next < LOOKUPS) {
        next += 1;
        await lookUp(`user-${next % NUM_USERS}`);
      }
    }),
  );
  const seconds = (performance.now() - startMs) / 1000;
  return { cpuUs: (1000 * ((await server.cpuMs()) - beforeMs)) / LOOKUPS, perSecond: LOOKUPS / seconds };
}

function resultOf(echo: readonly Measured[], service: readonly Measured[], aloneUs: number): Result {
  const of = (measured: readonly Measured[], field: keyof Measured): number =>
    median(measured.map((each) => each[field]));
  const ratio = of(service, 'cpuUs') / of(echo, 'cpuUs');
  const row = (name: string, measured: readonly Measured[], times: number): (string | number)[] => [
    name,
    of(measured, 'cpuUs').toFixed(1),
    Math.round(of(measured, 'perSecond')),
    times.toFixed(2),
  ];
  return {
    name: 'service',
    method: `${LOOKUPS} calls of Lookup, ${CONCURRENCY} at a time on one connection, in ${ROUNDS} rounds by turns; medians. One client in Node sends to both.`,
    columns: ['server', 'CPU µs a lookup', 'lookups a second', 'of the echo'],
    rows: [
      row('gRPC echo, grpc-js', echo, 1),
      row('redmeter serve', service, ratio),
      ['lookup without gRPC', aloneUs.toFixed(1), '', ''],
    ],
    claims: [
      { text: 'processor time of a lookup, without gRPC', measured: aloneUs, unit: ' µs', atMost: 50 },
      { text: 'processor time of Lookup, beside an echo', measured: ratio, unit: '×', atMost: 2 },
    ],
  };
}
