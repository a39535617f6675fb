import { startRedisServer } from '@redmeter/test-servers';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Benchmark, Result } from './benchmark.js';
import { ChangingCounters, type Changed } from './changing-counters.js';
import { MeasuredProcess } from './measured-process.js';
import { startNativeExporter } from './native-exporter.js';
import { measuredScrape, type Encoding, type Format } from './scrape.js';
import { median } from './statistics.js';

const SERIES = 100_000;
const ROUNDS = 21;
const WARM_UP_ROUNDS = { atStart: 60, each: 5 } as const;
const CHANGES: readonly Changed[] = ['1 % spread', '1 % together', 'all'];
const PEER = fileURLToPath(new URL(`prom-client-server${extname(import.meta.url)}`, import.meta.url));
const MEBIBYTE = 2 ** 20;

type Answering = Format | 'promClient';

/** One round, or the medians of some. */
interface Measured {
  readonly bytes: Readonly<Record<Format, number>>;
  readonly ms: Readonly<Record<Answering, number>>;
  /** Processor time of the answering process. */
  readonly cpuMs: Readonly<Record<Answering, number>>;
}

interface Row extends Measured {
  readonly changed: Changed;
  readonly encoding: Encoding;
}

/** A scrape of the native exporter as protobuf beside one as text, and beside prom-client, which has text only. */
export const protobufScrapes: Benchmark = {
  name: 'protobuf-scrapes',
  async run(progress) {
    const redis = await startRedisServer();
    const processes: MeasuredProcess[] = [];
    try {
      // One for each format: each is rendered only where somebody asks for it.
      const exporters = { text: await startNativeExporter(redis.url), protobuf: await startNativeExporter(redis.url) };
      const promClient = new MeasuredProcess(PEER, [String(SERIES)]);
      processes.push(exporters.text.process, exporters.protobuf.process, promClient);
      const peer = { url: `http://127.0.0.1:${Number(await promClient.firstOutput())}`, process: promClient };
      progress('writing series');
      const counters = await ChangingCounters.write(await redis.connect(), SERIES);
      const round = async (changed: Changed, encoding: Encoding): Promise<Measured> => {
        await counters.change(changed);
        const text = await measuredScrape(exporters.text, encoding);
        const protobuf = await measuredScrape(exporters.protobuf, encoding, 'protobuf');
        const other = await measuredScrape(peer, encoding);
        return {
          ms: { text: text.ms, protobuf: protobuf.ms, promClient: other.ms },
          cpuMs: { text: text.cpuMs, protobuf: protobuf.cpuMs, promClient: other.cpuMs },
          bytes: { text: text.bytes, protobuf: protobuf.bytes },
        };
      };
      for (let i = 0; i < WARM_UP_ROUNDS.atStart; i += 1) {
        progress(`warming up, round ${i + 1} of ${WARM_UP_ROUNDS.atStart}`);
        await round('1 % spread', i % 2 === 0 ? 'identity' : 'gzip');
      }
      const rows: Row[] = [];
      for (const encoding of ['identity', 'gzip'] as const) {
        for (const changed of CHANGES) {
          const rounds: Measured[] = [];
          for (let i = 0; i < WARM_UP_ROUNDS.each + ROUNDS; i += 1) {
            progress(`${changed}, ${encoding}, round ${i + 1} of ${WARM_UP_ROUNDS.each + ROUNDS}`);
            rounds.push(await round(changed, encoding));
          }
          rows.push(rowOf(changed, encoding, rounds.slice(WARM_UP_ROUNDS.each)));
        }
      }
      const megabytes = [];
      for (const { process } of [exporters.text, exporters.protobuf]) {
        megabytes.push((await process.memoryBytes()) / MEBIBYTE);
      }
      return resultOf(rows, megabytes);
    } finally {
      for (const process of processes) process.stop();
      await redis.stop();
    }
  },
};

function rowOf(changed: Changed, encoding: Encoding, rounds: readonly Measured[]): Row {
  const medians = (what: 'ms' | 'cpuMs'): Measured['ms'] => {
    const of = (who: Answering): number => median(rounds.map((round) => round[what][who]));
    return { text: of('text'), protobuf: of('protobuf'), promClient: of('promClient') };
  };
  const { bytes } = rounds.at(-1) ?? { bytes: { text: 0, protobuf: 0 } };
  return { changed, encoding, bytes, ms: medians('ms'), cpuMs: medians('cpuMs') };
}

function resultOf(rows: readonly Row[], [text = 0, protobuf = 0]: readonly number[]): Result {
  return {
    name: 'protobuf-scrapes',
    method:
      `One scrape over HTTP of ${SERIES} counters with the time at which each began: as protobuf, as text, and prom-client's text with the ` +
      `same series in memory, taking turns; medians. "cpu" is processor time of the answering process. Heap and buffers: ${text.toFixed(0)} MiB with text, ${protobuf.toFixed(0)} with protobuf.`,
    columns: [
      'changed',
      'encoding',
      'text bytes',
      'protobuf bytes',
      'text ms',
      'cpu ms',
      'protobuf ms',
      'cpu ms',
      'prom-client ms',
      'cpu ms',
      'protobuf / text',
      'protobuf / prom-client',
      'cpu, protobuf / prom-client',
    ],
    rows: rows.map(({ changed, encoding, bytes, ms, cpuMs }) => [
      changed,
      encoding,
      bytes.text,
      bytes.protobuf,
      ms.text.toFixed(1),
      cpuMs.text.toFixed(1),
      ms.protobuf.toFixed(1),
      cpuMs.protobuf.toFixed(1),
      ms.promClient.toFixed(1),
      cpuMs.promClient.toFixed(1),
      (ms.protobuf / ms.text).toFixed(2),
      (ms.protobuf / ms.promClient).toFixed(3),
      (cpuMs.protobuf / cpuMs.promClient).toFixed(3),
    ]),
    claims: rows.map(({ changed, encoding, ms }) => ({
      text: `${changed} changed, ${encoding}, as protobuf, times text`,
      measured: ms.protobuf / ms.text,
      atMost: 1.2,
      unit: '',
    })),
  };
}
