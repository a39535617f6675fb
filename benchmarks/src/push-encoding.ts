import type { CounterRecord } from '@redmeter/metric-format';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { compress, uncompress } from 'snappyjs';
// Not of its API: what encodes is a part of the exporter.
import { encodeLabels, metricBlock } from '../../exporter/dist/protobuf/metric-block.js';
import { encodeCounter } from '../../exporter/dist/protobuf/metric-value.js';
import { RoundEncoder } from '../../exporter/dist/push/encode/round-encoder.js';
import { ExemplarMarks } from '../../exporter/dist/push/exemplar-marks.js';
import { KnownSeries } from '../../exporter/dist/push/known-series.js';
import { TextPiece } from '../../exporter/dist/text/text-piece.js';
import type { Benchmark, Result } from './benchmark.js';
import { median } from './statistics.js';

const SERIES = 100_000;
const IN_PIECE = 500;
/** Of a request, as Prometheus has it. */
const MAX_SAMPLES = 2000;
const [ROUNDS, WARM_UP_ROUNDS] = [15, 5];
const INTERVAL_MS = 15_000;
const SCHEMA = fileURLToPath(new URL('../../exporter/test/push/encode/types.proto', import.meta.url));
const CREATED_MS = 1_763_600_000_123;
const FAMILY = { name: 'http_requests_total', type: 'counter', help: 'Requests.', unit: undefined } as const;
const TARGET = [
  ['instance', '127.0.0.1:6379'],
  ['job', 'redmeter-exporter'],
] as const;

type Labels = readonly (readonly [string, string])[];

const labelsOf = (i: number): Labels => [
  ['endpoint', `/api/items/${i % 1000}`],
  ['method', ['GET', 'POST', 'PUT'][i % 3] ?? ''],
  ['pod', `pod-${Math.floor(i / 1000)}`],
  ['status', String(200 + (i % 5))],
];
const recordOf = (
  i: number,
  value: number,
): Pick<CounterRecord, 'value' | 'createdMs'> & { readonly labels: Labels } => ({
  labels: labelsOf(i),
  value,
  createdMs: CREATED_MS,
});

/** The exposition's blocks of some counters, of which the push makes requests. */
class Counters {
  readonly values = Array.from({ length: SERIES }, (_, i) => i * 3);
  #pieces = Array.from({ length: SERIES / IN_PIECE }, (_, piece) =>
    TextPiece.of(
      Array.from({ length: IN_PIECE }, (__, block) => this.#block(piece * IN_PIECE + block)),
      'latin1',
    ),
  );
  readonly #known = new KnownSeries(TARGET);
  readonly #marks = new ExemplarMarks();

  /** Counts one more in every `step`-th. */
  change(step: number): void {
    const changes = this.#pieces.map((): { index: number; text: string }[] => []);
    for (let i = 0; i < SERIES; i += step) {
      this.values[i] = (this.values[i] ?? 0) + 1;
      changes[Math.floor(i / IN_PIECE)]?.push({ index: i % IN_PIECE, text: this.#block(i) });
    }
    this.#pieces = this.#pieces.map((piece, p) => piece.with(changes[p] ?? []));
  }

  /** The requests of a push. */
  requests(timestampMs: number): readonly Uint8Array[] {
    const encoder = new RoundEncoder(MAX_SAMPLES, timestampMs, this.#marks);
    for (const piece of this.#pieces) {
      const layout = this.#known.layoutOf(piece, FAMILY);
      encoder.add(layout, piece, (block) => this.#known.noteChanged(layout, block));
    }
    for (const gone of this.#known.finish(timestampMs)) encoder.addGone(gone);
    return encoder.take().map(({ body }) => body);
  }

  #block(i: number): string {
    const { labels, ...record } = recordOf(i, this.values[i] ?? 0);
    return metricBlock(encodeLabels(labels), encodeCounter(record));
  }
}

/** The same requests by a library, from plain objects. */
function libraryRequests(type: protobuf.Type, values: readonly number[], timestamp: number): Uint8Array[] {
  const bodies: Uint8Array[] = [];
  for (let from = 0; from < SERIES; from += MAX_SAMPLES) {
    const refs = new Map([['', 0]]);
    const ref = (text: string): number => {
      const known = refs.get(text) ?? refs.size;
      refs.set(text, known);
      return known;
    };
    ref('__name__');
    const helpRef = ref(FAMILY.help);
    const timeseries = values.slice(from, from + MAX_SAMPLES).map((value, i) => {
      const labels = [['__name__', FAMILY.name] as const, ...labelsOf(from + i), ...TARGET];
      labels.sort(([a], [b]) => (a < b ? -1 : 1));
      return {
        labelsRefs: labels.flatMap(([name, text]) => [ref(name), ref(text)]),
        samples: [{ value, timestamp, startTimestamp: CREATED_MS }],
        metadata: { type: 1, helpRef, unitRef: 0 },
      };
    });
    bodies.push(compress(type.encode({ symbols: [...refs.keys()], timeseries }).finish()));
  }
  return bodies;
}

/** Encoding and compressing a push of the native exporter, beside protobufjs with the official schema. */
export const pushEncoding: Benchmark = {
  name: 'push',
  async run(progress) {
    const type = (await new protobuf.Root().load(SCHEMA)).lookupType('io.prometheus.write.v2.Request');
    const counters = new Counters();
    let timestampMs = CREATED_MS + INTERVAL_MS;
    const times: { readonly ours: number[]; readonly theirs: number[] } = { ours: [], theirs: [] };
    let bytes = 0;
    for (let i = 0; i < WARM_UP_ROUNDS + ROUNDS; i += 1) {
      progress(`push ${i + 1} of ${WARM_UP_ROUNDS + ROUNDS}`);
      timestampMs += INTERVAL_MS;
      counters.change(100);
      const [ours, a] = timed(() => counters.requests(timestampMs));
      const [theirs, b] = timed(() => libraryRequests(type, counters.values, timestampMs));
      const isSame = ours.every((body, k) => Buffer.compare(uncompress(body), uncompress(theirs[k] ?? body)) === 0);
      if (!isSame || ours.length !== theirs.length) throw new Error('expected the same requests');
      bytes = ours.reduce((sum, { length }) => sum + length, 0);
      if (i < WARM_UP_ROUNDS) continue;
      times.ours.push(a);
      times.theirs.push(b);
    }
    return resultOf(bytes, median(times.ours), median(times.theirs));
  },
};

/** Milliseconds of processor time, which other programs on the machine do not lengthen as they do the clock's. */
function timed<Value>(work: () => Value): readonly [Value, number] {
  const start = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(start);
  return [value, (user + system) / 1000];
}

function resultOf(bytes: number, ours: number, theirs: number): Result {
  return {
    name: 'push',
    method:
      'The requests of one push, encoded and compressed, of which every hundredth counter has changed; processor time in one process, taking ' +
      'turns; medians. The messages are the same. protobufjs has the official schema and encodes plain objects; both compress with snappyjs.',
    columns: ['series', 'bytes', 'exporter ms', 'protobufjs ms', 'exporter / protobufjs'],
    rows: [['100,000 counters', bytes, ours.toFixed(1), theirs.toFixed(1), (ours / theirs).toFixed(2)]],
    claims: [{ text: 'a push of 100,000 counters, times protobufjs', measured: ours / theirs, atMost: 1, unit: '' }],
  };
}
