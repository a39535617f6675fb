import { startRedisServer } from '@redmeter/test-servers';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Benchmark, Claim, Progress, Result } from './benchmark.js';
import { ChangingCounters, type Changed } from './changing-counters.js';
import { MeasuredProcess } from './measured-process.js';
import { startNativeExporter } from './native-exporter.js';
import { measuredScrape, scrape, type Encoding } from './scrape.js';
import { median } from './statistics.js';

const SERIES = 100_000;
const FOREIGN_KEYS = 1_000_000;
const ROUNDS = 21;
/** Until both programs' code is compiled, and what one kind of change needs has been made. */
const WARM_UP_ROUNDS = { atStart: 60, each: 5 } as const;
const PEER = fileURLToPath(new URL(`prom-client-server${extname(import.meta.url)}`, import.meta.url));

interface Server {
  readonly url: string;
  readonly process: MeasuredProcess;
}

/** Counters in a Redis, and the exporter that reads them. */
interface Pipeline {
  readonly exporter: Server;
  readonly counters: ChangingCounters;
}

interface Row {
  readonly changed: Changed;
  readonly foreignKeys: number;
  readonly encoding: Encoding;
  readonly exporterMs: number;
  readonly exporterCpuMs: number;
  readonly promClientMs: number;
  readonly promClientCpuMs: number;
  readonly bytes: number;
  /** Of the exporter without foreign keys, in the same rounds; undefined where there are none anyway. */
  readonly withoutMs: number | undefined;
}

/** The native exporter beside prom-client, which has its series in memory: one scrape over HTTP, and bytes a series. */
export const exporterBesidePromClient: Benchmark = {
  name: 'exporter',
  async run(progress) {
    const servers = [await startRedisServer(), await startRedisServer({ args: ['--enable-debug-command', 'local'] })];
    const [redis, crowdedRedis] = await Promise.all(servers.map(async (server) => server.connect()));
    const processes: MeasuredProcess[] = [];
    try {
      if (redis === undefined || crowdedRedis === undefined) throw new Error('expected two Redis');
      const [exporter, crowdedExporter] = await Promise.all(servers.map(async ({ url }) => startNativeExporter(url)));
      if (exporter === undefined || crowdedExporter === undefined) throw new Error('expected two exporters');
      processes.push(exporter.process, crowdedExporter.process);
      const empty = await startPromClient(0);
      const promClient = await startPromClient(SERIES);
      processes.push(empty.process, promClient.process);
      const emptyExporterBytes = await usedBytes(exporter);
      const emptyPromClientBytes = await usedBytes(empty);
      progress('writing series');
      const pipeline = { exporter, counters: await ChangingCounters.write(redis, SERIES) };
      await warmUp([pipeline], promClient, progress);
      const rows: Row[] = [];
      for (const encoding of ['identity', 'gzip'] as const) {
        for (const changed of ['1 % spread', '1 % together', 'all'] as const) {
          rows.push(await measure(pipeline, promClient, { changed, foreignKeys: 0, encoding }, progress));
        }
      }
      const exporterBytes = (await usedBytes(exporter)) - emptyExporterBytes;
      const promClientBytes = (await usedBytes(promClient)) - emptyPromClientBytes;
      progress('writing foreign keys');
      const crowded = { exporter: crowdedExporter, counters: await ChangingCounters.write(crowdedRedis, SERIES) };
      await crowdedRedis.call('DEBUG', 'POPULATE', String(FOREIGN_KEYS), 'foreign', '8');
      await warmUp([pipeline, crowded], promClient, progress);
      const what = { changed: '1 % spread', foreignKeys: FOREIGN_KEYS, encoding: 'gzip' } as const;
      rows.push(await measure(crowded, promClient, what, progress, pipeline));
      return result(rows, { exporter: exporterBytes / SERIES, promClient: promClientBytes / SERIES });
    } finally {
      for (const process of processes) process.stop();
      await Promise.all(servers.map(async (server) => server.stop()));
    }
  },
};

async function startPromClient(series: number): Promise<Server> {
  const process = new MeasuredProcess(PEER, [String(series)]);
  return { url: `http://127.0.0.1:${Number(await process.firstOutput())}`, process };
}

/** What a server holds between scrapes, once each of its answers was asked for. */
async function usedBytes({ url, process }: Server): Promise<number> {
  for (const encoding of ['identity', 'gzip'] as const) await scrape(url, encoding);
  return process.memoryBytes();
}

async function warmUp(pipelines: readonly Pipeline[], promClient: Server, progress: Progress): Promise<void> {
  for (let i = 0; i < WARM_UP_ROUNDS.atStart; i += 1) {
    progress(`warming up, round ${i + 1} of ${WARM_UP_ROUNDS.atStart}`);
    for (const { exporter, counters } of pipelines) {
      await counters.change('1 % spread');
      await scrape(exporter.url, i % 2 === 0 ? 'identity' : 'gzip');
    }
    await scrape(promClient.url, i % 2 === 0 ? 'identity' : 'gzip');
  }
}

/** @param without a pipeline without foreign keys, for one that has some */
async function measure(
  { exporter, counters }: Pipeline,
  promClient: Server,
  what: Pick<Row, 'changed' | 'foreignKeys' | 'encoding'>,
  progress: Progress,
  without?: Pipeline,
): Promise<Row> {
  const exporterMs: number[] = [];
  const exporterCpuMs: number[] = [];
  const promClientMs: number[] = [];
  const promClientCpuMs: number[] = [];
  const withoutMs: number[] = [];
  let bytes = 0;
  // They take turns, so that a slow moment of the machine falls on both; the first rounds only warm up.
  const rounds = WARM_UP_ROUNDS.each + ROUNDS;
  for (let i = 0; i < rounds; i += 1) {
    progress(`${what.changed}, ${what.encoding}, round ${i + 1} of ${rounds}`);
    await without?.counters.change(what.changed);
    const plain = without && (await scrape(without.exporter.url, what.encoding));
    await counters.change(what.changed);
    const ours = await measuredScrape(exporter, what.encoding);
    const theirs = await measuredScrape(promClient, what.encoding);
    if (i < WARM_UP_ROUNDS.each) continue;
    if (plain !== undefined) withoutMs.push(plain.ms);
    exporterMs.push(ours.ms);
    exporterCpuMs.push(ours.cpuMs);
    promClientMs.push(theirs.ms);
    promClientCpuMs.push(theirs.cpuMs);
    bytes = ours.bytes;
  }
  return {
    ...what,
    exporterMs: median(exporterMs),
    exporterCpuMs: median(exporterCpuMs),
    promClientMs: median(promClientMs),
    promClientCpuMs: median(promClientCpuMs),
    bytes,
    withoutMs: without && median(withoutMs),
  };
}

function result(rows: readonly Row[], bytes: { readonly exporter: number; readonly promClient: number }): Result {
  const of = (changed: Changed, encoding: Encoding, foreignKeys = 0): Row => {
    const row = rows.find((r) => r.changed === changed && r.encoding === encoding && r.foreignKeys === foreignKeys);
    if (row === undefined) throw new Error(`${changed}, ${encoding} was not measured`);
    return row;
  };
  const ratio = ({ exporterMs, promClientMs }: Row): number => exporterMs / promClientMs;
  const claim = (text: string, measured: number, atMost: number): Claim => ({ text, measured, atMost, unit: '' });
  const crowded = of('1 % spread', 'gzip', FOREIGN_KEYS);
  return {
    name: 'exporter',
    method:
      `One scrape over HTTP of ${SERIES} counters, the exporter reading Redis beside prom-client's metrics() with the ` +
      'same series in memory, taking turns; medians. "spread" is every hundredth series, others each time, so that each ' +
      'chunk of the answer changes; "together" is a hundredth side by side. "cpu" is processor time of the answering ' +
      'process. The exporter with foreign keys takes turns with one without too. ' +
      `Bytes a series (heap and buffers, after both encodings): exporter ${bytes.exporter.toFixed(0)}, ` +
      `prom-client ${bytes.promClient.toFixed(0)}.`,
    columns: [
      'changed',
      'foreign keys',
      'encoding',
      'bytes',
      'exporter ms',
      'cpu ms',
      'prom-client ms',
      'cpu ms',
      'exporter / prom-client',
      'cpu, exporter / prom-client',
    ],
    rows: rows.map((row) => [
      row.changed,
      row.foreignKeys,
      row.encoding,
      row.bytes,
      row.exporterMs.toFixed(1),
      row.exporterCpuMs.toFixed(1),
      row.promClientMs.toFixed(1),
      row.promClientCpuMs.toFixed(1),
      ratio(row).toFixed(3),
      (row.exporterCpuMs / row.promClientCpuMs).toFixed(3),
    ]),
    claims: [
      claim('1 % changed, spread, times prom-client', ratio(of('1 % spread', 'identity')), 0.1),
      claim('1 % changed, together, times prom-client', ratio(of('1 % together', 'identity')), 0.1),
      claim('1 % changed, spread, gzip, times prom-client', ratio(of('1 % spread', 'gzip')), 0.12),
      claim('1 % changed, together, gzip, times prom-client', ratio(of('1 % together', 'gzip')), 0.08),
      claim('all changed, times prom-client', ratio(of('all', 'identity')), 1.3),
      claim('all changed, gzip, times prom-client', ratio(of('all', 'gzip')), 1.3),
      claim('with 1,000,000 foreign keys, times without', crowded.exporterMs / (crowded.withoutMs ?? Number.NaN), 1.2),
      claim('memory per series, times prom-client', bytes.exporter / bytes.promClient, 1.15),
    ],
  };
}
