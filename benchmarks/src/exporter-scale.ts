import { startRedisServer } from '@redmeter/test-servers';
import type { Benchmark, Claim, Progress, Result } from './benchmark.js';
import { ChangingCounters } from './changing-counters.js';
import { startNativeExporter } from './native-exporter.js';
import { measuredScrape, scrape } from './scrape.js';
import { median } from './statistics.js';

const SIZES = [10_000, 100_000, 1_000_000];
const ROUNDS = 7;
const WARM_UP_ROUNDS = 3;

interface Row {
  readonly series: number;
  readonly firstMs: number;
  readonly firstCpuMs: number;
  readonly scrapeMs: number;
  readonly scrapeCpuMs: number;
  readonly bytes: number;
}

/** What a series costs the native exporter, from ten thousand to a million of them. */
export const exporterScale: Benchmark = {
  name: 'exporter-scale',
  isOptIn: true,
  async run(progress) {
    const rows: Row[] = [];
    for (const series of SIZES) rows.push(await measure(series, progress));
    return result(rows);
  },
};

async function measure(series: number, progress: Progress): Promise<Row> {
  const redisServer = await startRedisServer();
  const exporter = await startNativeExporter(redisServer.url);
  try {
    for (let i = 0; i < WARM_UP_ROUNDS; i += 1) await scrape(exporter.url, 'gzip');
    const emptyBytes = await exporter.process.memoryBytes();
    progress(`${series} series, writing`);
    const counters = await ChangingCounters.write(await redisServer.connect(), series);
    progress(`${series} series, first scrape`);
    const first = await measuredScrape(exporter, 'gzip');
    const ms: number[] = [];
    const cpuMs: number[] = [];
    for (let i = 0; i < WARM_UP_ROUNDS + ROUNDS; i += 1) {
      progress(`${series} series, round ${i + 1} of ${WARM_UP_ROUNDS + ROUNDS}`);
      await counters.change('1 % spread');
      const next = await measuredScrape(exporter, 'gzip');
      if (i < WARM_UP_ROUNDS) continue;
      ms.push(next.ms);
      cpuMs.push(next.cpuMs);
    }
    const bytes = (await exporter.process.memoryBytes()) - emptyBytes;
    return {
      series,
      firstMs: first.ms,
      firstCpuMs: first.cpuMs,
      scrapeMs: median(ms),
      scrapeCpuMs: median(cpuMs),
      bytes,
    };
  } finally {
    exporter.process.stop();
    await redisServer.stop();
  }
}

function result(rows: readonly Row[]): Result {
  const micros = (ms: number, { series }: Row): string => ((ms * 1000) / series).toFixed(2);
  const growth = (text: string, cost: (row: Row) => number, atMost: number): Claim => {
    const [small, large] = [rows.at(-2), rows.at(-1)];
    const measured =
      small === undefined || large === undefined
        ? Number.NaN
        : cost(large) / large.series / (cost(small) / small.series);
    return { text: `${text} a series at 1,000,000, times that at 100,000`, measured, atMost, unit: '' };
  };
  return {
    name: 'exporter-scale',
    method:
      'Scrapes of the native exporter with gzip, the first and then with every hundredth counter changed; medians, with ' +
      'processor time of the exporter. Bytes are heap and buffers.',
    columns: [
      'series',
      'first ms',
      'first cpu µs/series',
      'scrape ms',
      'scrape cpu ms',
      'scrape cpu µs/series',
      'bytes/series',
    ],
    rows: rows.map((row) => [
      row.series,
      row.firstMs.toFixed(0),
      micros(row.firstCpuMs, row),
      row.scrapeMs.toFixed(1),
      row.scrapeCpuMs.toFixed(1),
      micros(row.scrapeCpuMs, row),
      (row.bytes / row.series).toFixed(0),
    ]),
    claims: [
      growth('processor time of a first scrape', ({ firstCpuMs }) => firstCpuMs, 1.5),
      growth('processor time of a scrape', ({ scrapeCpuMs }) => scrapeCpuMs, 1.5),
      growth('memory', ({ bytes }) => bytes, 1.2),
    ],
  };
}
