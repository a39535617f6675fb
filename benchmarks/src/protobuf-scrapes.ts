import { startRedisServer } from '@redmeter/test-servers';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Benchmark, Result } from './benchmark.js';
import { ChangingCounters, type Changed } from './changing-counters.js';
import { MeasuredProcess } from './measured-process.js';
import { startNativeExporter } from './native-exporter.js';
import { scrape, type Encoding, type Format } from './scrape.js';
import { median } from './statistics.js';

const SERIES = 100_000;
const ROUNDS = 21;
const WARM_UP_ROUNDS = { atStart: 60, each: 5 } as const;
const CHANGES: readonly Changed[] = ['1 % spread', '1 % together', 'all'];
const PEER = fileURLToPath(new URL(`prom-client-server${extname(import.meta.url)}`, import.meta.url));
const MEBIBYTE = 2 ** 20;

interface Row {
  readonly changed: Changed;
  readonly encoding: Encoding;
  readonly bytes: Readonly<Record<Format, number>>;
  readonly ms: Readonly<Record<Format | 'promClient', number>>;
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
      const promClientUrl = `http://127.0.0.1:${Number(await promClient.firstOutput())}`;
      progress('writing series');
      const counters = await ChangingCounters.write(await redis.connect(), SERIES);
      const round = async (
        changed: Changed,
        encoding: Encoding,
      ): Promise<{ readonly ms: Record<Format | 'promClient', number>; readonly bytes: Record<Format, number> }> => {
        await counters.change(changed);
        const text = await scrape(exporters.text.url, encoding);
        const protobuf = await scrape(exporters.protobuf.url, encoding, 'protobuf');
        const peer = await scrape(promClientUrl, encoding);
        return {
          ms: { text: text.ms, protobuf: protobuf.ms, promClient: peer.ms },
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
          const rounds: Awaited<ReturnType<typeof round>>[] = [];
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

function rowOf(
  changed: Changed,
  encoding: Encoding,
  rounds: readonly { readonly ms: Row['ms']; readonly bytes: Row['bytes'] }[],
): Row {
  const msOf = (who: keyof Row['ms']): number => median(rounds.map(({ ms }) => ms[who]));
  const { bytes } = rounds.at(-1) ?? { bytes: { text: 0, protobuf: 0 } };
  const ms = { text: msOf('text'), protobuf: msOf('protobuf'), promClient: msOf('promClient') };
  return { changed, encoding, bytes, ms };
}

function resultOf(rows: readonly Row[], [text = 0, protobuf = 0]: readonly number[]): Result {
  return {
    name: 'protobuf-scrapes',
    method:
      `One scrape over HTTP of ${SERIES} counters with the time at which each began: as protobuf, as text, and prom-client's text with the ` +
      `same series in memory, taking turns; medians. Heap and buffers: ${text.toFixed(0)} MiB with text, ${protobuf.toFixed(0)} with protobuf.`,
    columns: [
      'changed',
      'encoding',
      'text bytes',
      'protobuf bytes',
      'text ms',
      'protobuf ms',
      'prom-client ms',
      'protobuf / text',
      'protobuf / prom-client',
    ],
    rows: rows.map(({ changed, encoding, bytes, ms }) => [
      changed,
      encoding,
      bytes.text,
      bytes.protobuf,
      ms.text.toFixed(1),
      ms.protobuf.toFixed(1),
      ms.promClient.toFixed(1),
      (ms.protobuf / ms.text).toFixed(2),
      (ms.protobuf / ms.promClient).toFixed(3),
    ]),
    claims: rows.map(({ changed, encoding, ms }) => ({
      text: `${changed} changed, ${encoding}, as protobuf, times text`,
      measured: ms.protobuf / ms.text,
      atMost: 1.2,
      unit: '',
    })),
  };
}
