import { formatLe, formatNumber } from '@redmeter/metric-format';
import { escapeHelp, labelSet, metricNameText, seriesText } from '@redmeter/metric-reader';
import { join } from 'node:path';
import protobuf from 'protobufjs';

/** A message of metrics.proto as an object: fields that are absent are missing or null, 64-bit numbers are BigInt. */
export interface DecodedExemplar {
  readonly label?: readonly { readonly name: string; readonly value: string }[];
  readonly value: number;
  readonly timestamp?: DecodedTime;
}

export interface DecodedTime {
  readonly seconds: bigint;
  readonly nanos?: number;
}

export interface DecodedHistogram {
  readonly sampleCount: bigint;
  readonly sampleSum: number;
  readonly bucket?: readonly {
    readonly cumulativeCount: bigint;
    readonly upperBound: number;
    readonly exemplar?: DecodedExemplar;
  }[];
  readonly createdTimestamp?: DecodedTime;
  readonly schema?: number;
  readonly zeroThreshold?: number;
  readonly zeroCount?: bigint;
  readonly negativeSpan?: readonly { readonly offset: number; readonly length: number }[];
  readonly negativeDelta?: readonly bigint[];
  readonly positiveSpan?: readonly { readonly offset: number; readonly length: number }[];
  readonly positiveDelta?: readonly bigint[];
  readonly exemplars?: readonly DecodedExemplar[];
}

export interface DecodedMetric {
  readonly label?: readonly { readonly name: string; readonly value: string }[];
  readonly gauge?: { readonly value: number };
  readonly counter?: {
    readonly value: number;
    readonly exemplar?: DecodedExemplar;
    readonly createdTimestamp?: DecodedTime;
  };
  readonly histogram?: DecodedHistogram;
}

export interface DecodedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'COUNTER' | 'GAUGE' | 'HISTOGRAM';
  readonly unit?: string;
  readonly metric?: readonly DecodedMetric[];
}

const root = new protobuf.Root();
// The official schema, prometheus/client_model v0.6.2.
root.loadSync(join(__dirname, 'metrics.proto'));

/** A message type of the official schema. */
export const messageType = (name: string): protobuf.Type => root.lookupType(`io.prometheus.client.${name}`);

/**
 * Decodes a delimited answer with protobufjs and the official schema.
 * @throws Error where it is none, or has fields that the schema does not know
 */
export function decodeFamilies(bytes: Uint8Array): DecodedFamily[] {
  const type = messageType('MetricFamily');
  const reader = protobuf.Reader.create(bytes);
  const families: DecodedFamily[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const message = type.decodeDelimited(reader);
    // What it does not know, and other orders than that of the numbers, would be encoded to something else.
    const again = type.encodeDelimited(message).finish();
    if (Buffer.compare(again, bytes.subarray(start, reader.pos)) !== 0) {
      throw new Error(`not the encoding of its own content: ${JSON.stringify(message)}`);
    }
    families.push(type.toObject(message, { enums: String, longs: BigInt }) as DecodedFamily);
  }
  return families;
}

/** What some families are in text 0.0.4; native histograms are left out. */
export function textOfFamilies(families: readonly DecodedFamily[]): string {
  return families
    .map(({ name, help, type, metric = [] }) => {
      const quoted = metricNameText(name);
      const header = `# HELP ${quoted} ${escapeHelp(help)}\n# TYPE ${quoted} ${type.toLowerCase()}\n`;
      return header + metric.map((one) => textOfMetric(name, one)).join('');
    })
    .join('');
}

function textOfMetric(name: string, { label = [], gauge, counter, histogram }: DecodedMetric): string {
  const { text } = labelSet(label.map((one) => [one.name, one.value] as const));
  const value = gauge?.value ?? counter?.value;
  if (value !== undefined) return `${seriesText(name, text)} ${formatNumber(value)}\n`;
  if (histogram === undefined) throw new Error(`expected a value of ${seriesText(name, text)}, got none`);
  const inside = text === '' ? '' : `${text},`;
  const lines = (histogram.bucket ?? []).map(
    ({ cumulativeCount, upperBound }) =>
      `${seriesText(`${name}_bucket`, `${inside}le="${formatLe(upperBound)}"`)} ${cumulativeCount}`,
  );
  return [
    ...lines,
    `${seriesText(`${name}_bucket`, `${inside}le="+Inf"`)} ${histogram.sampleCount}`,
    `${seriesText(`${name}_sum`, text)} ${formatNumber(histogram.sampleSum)}`,
    `${seriesText(`${name}_count`, text)} ${histogram.sampleCount}\n`,
  ].join('\n');
}
