import { join } from 'node:path';
import protobuf from 'protobufjs';
import { uncompress } from 'snappyjs';

/** A message of types.proto as an object: fields that are absent are missing, 64-bit numbers are BigInt. */
export interface DecodedSpan {
  readonly offset: number;
  readonly length: number;
}

export interface DecodedHistogram {
  readonly countInt: bigint;
  readonly sum: number;
  readonly schema?: number;
  readonly zeroThreshold?: number;
  readonly zeroCountInt?: bigint;
  readonly negativeSpans?: readonly DecodedSpan[];
  readonly negativeDeltas?: readonly bigint[];
  readonly positiveSpans?: readonly DecodedSpan[];
  readonly positiveDeltas?: readonly bigint[];
  readonly timestamp: bigint;
  readonly startTimestamp?: bigint;
}

export interface DecodedSeries {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly samples?: readonly {
    readonly value: number;
    readonly timestamp: bigint;
    readonly startTimestamp?: bigint;
  }[];
  readonly histograms?: readonly DecodedHistogram[];
  readonly exemplars?: readonly {
    readonly labels: readonly (readonly [name: string, value: string])[];
    readonly value: number;
    readonly timestamp: bigint;
  }[];
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** A request with its strings in their places. */
export interface DecodedRequest {
  readonly symbols: readonly string[];
  readonly series: readonly DecodedSeries[];
}

const root = new protobuf.Root();
// The official schema, prompb/io/prometheus/write/v2/types.proto of Prometheus 3.13.1, without its options for Go.
root.loadSync(join(__dirname, 'types.proto'));
const type = root.lookupType('io.prometheus.write.v2.Request');

interface Refs {
  readonly labelsRefs?: readonly number[];
}

type Plain = Omit<DecodedSeries, 'labels' | 'exemplars' | 'type' | 'help' | 'unit'> &
  Refs & {
    readonly exemplars?: readonly (Refs & { readonly value: number; readonly timestamp: bigint })[];
    readonly metadata: { readonly type: string; readonly helpRef: number; readonly unitRef: number };
  };

/**
 * Decodes a compressed request with protobufjs and the official schema.
 * @throws Error where it is none, has fields that the schema does not know, or refers to strings that it does not have
 */
export function decodeRequest(body: Uint8Array): DecodedRequest {
  const bytes = uncompress(body);
  const message = type.decode(bytes);
  // What it does not know, and other orders than that of the numbers, would be encoded to something else.
  if (Buffer.compare(type.encode(message).finish(), bytes) !== 0)
    throw new Error('not the encoding of its own content');
  const { symbols, timeseries } = type.toObject(message, { enums: String, longs: BigInt }) as {
    readonly symbols: readonly string[];
    readonly timeseries: readonly Plain[];
  };
  const text = (ref: number): string => {
    const found = symbols[ref];
    if (found === undefined) throw new Error(`expected a string at ${ref} of ${symbols.length}`);
    return found;
  };
  const labelsOf = ({ labelsRefs = [] }: Refs): [string, string][] =>
    Array.from({ length: labelsRefs.length / 2 }, (_, i) => [
      text(labelsRefs[2 * i] ?? -1),
      text(labelsRefs[2 * i + 1] ?? -1),
    ]);
  return {
    symbols,
    series: timeseries.map(({ labelsRefs = [], exemplars, metadata, ...values }) => ({
      labels: labelsOf({ labelsRefs }),
      ...values,
      ...(exemplars === undefined
        ? {}
        : {
            exemplars: exemplars.map((one) => ({
              labels: labelsOf(one),
              value: one.value,
              timestamp: one.timestamp,
            })),
          }),
      type: metadata.type.replace('METRIC_TYPE_', ''),
      help: text(metadata.helpRef),
      unit: text(metadata.unitRef),
    })),
  };
}
