import { compareBytes } from './byte-order.js';
import { decodeLabelValue, encodeLabelValue } from './label-value.js';
import { MAX_LABELS, MAX_LABEL_VALUE_BYTES } from './limits.js';
import { isMetricType, type MetricType } from './metric-type.js';
import { decodeName, encodeName, isReservedLabelName, isReservedMetricName } from './names.js';
import type { SkipReason } from './skip-reasons.js';

/** One label of a series; its value is never empty. */
export type Label = readonly [name: string, value: string];

/** What names a series: its type, its metric name and its labels, sorted by the bytes of their names. */
export interface SeriesId {
  readonly type: MetricType;
  readonly name: string;
  readonly labels: readonly Label[];
}

/** Where a series lies: the prefix of its key, and with Redis Cluster the hash tag of its shard. */
export interface KeySpace {
  readonly prefix: string;
  readonly tag?: string;
}

/** What a key under the prefix turned out to be. */
export type ParsedKey =
  | { readonly kind: 'series'; readonly id: SeriesId; readonly tag: string | undefined }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

/** The part of a key that says which metric it belongs to; its labels yet unread. */
export type ParsedKeyHead =
  | {
      readonly kind: 'head';
      readonly type: MetricType;
      readonly name: string;
      readonly tag: string | undefined;
      /** For `parseKeyLabels`: bytes, one a character. */
      readonly encodedLabels: string;
    }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

/** The labels of a key, sorted by name, or why it is skipped. */
export type ParsedLabels =
  | { readonly kind: 'labels'; readonly labels: readonly Label[] }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

/**
 * The key of a series: `metrics:<type>:<name>[:<label>=<value>,…]`, labels sorted by the bytes of their names, empty values left out.
 * The parts are taken as valid: recording checks them first.
 */
export function buildSeriesKey(space: KeySpace, type: MetricType, name: string, labels: Iterable<Label>): string {
  const tag = space.tag === undefined ? '' : `{${space.tag}}:`;
  const parts = [...labels]
    .filter(([, value]) => value !== '')
    .sort(byName)
    .map(([label, value]) => `${encodeName(label)}=${encodeLabelValue(value)}`);
  const head = `${space.prefix}:${tag}${type}:${encodeName(name)}`;
  return parts.length === 0 ? head : `${head}:${parts.join(',')}`;
}

/**
 * Reads a key leniently, since people and other languages write keys by hand: all after the third colon is labels.
 * @param key the key's bytes
 * @param prefix what stands before the first colon; the key is taken to start with it and a colon
 */
export function parseSeriesKey(key: Uint8Array, prefix: string): ParsedKey {
  const head = parseKeyHead(key, prefix);
  if (head.kind === 'skipped') return head;
  const parsed = parseKeyLabels(head.encodedLabels);
  if (parsed.kind === 'skipped') return parsed;
  return { kind: 'series', id: { type: head.type, name: head.name, labels: parsed.labels }, tag: head.tag };
}

/** The first half of `parseSeriesKey`: what a reader needs to choose whole metrics before it looks at their series. */
export function parseKeyHead(key: Uint8Array, prefix: string): ParsedKeyHead {
  let rest = Buffer.from(key.buffer, key.byteOffset, key.byteLength)
    .toString('latin1')
    .slice(prefix.length + 1);
  let tag: string | undefined;
  if (rest.startsWith('{')) {
    const match = /^\{([^{}:]+)\}:/.exec(rest);
    if (match === null) return skipped('malformed_key');
    tag = match[1];
    rest = rest.slice(match[0].length);
  }
  const typeEnd = rest.indexOf(':');
  if (typeEnd < 0) return skipped('malformed_key');
  const type = rest.slice(0, typeEnd);
  if (!isMetricType(type)) return skipped('unknown_type');

  const nameEnd = rest.indexOf(':', typeEnd + 1);
  const name = decodeName(rest.slice(typeEnd + 1, nameEnd < 0 ? undefined : nameEnd));
  if (name === undefined) return skipped('invalid_name');
  if (isReservedMetricName(name)) return skipped('reserved_name');
  return { kind: 'head', type, name, tag, encodedLabels: nameEnd < 0 ? '' : rest.slice(nameEnd + 1) };
}

/** The second half of `parseSeriesKey`. */
export function parseKeyLabels(encodedLabels: string): ParsedLabels {
  if (encodedLabels === '') return { kind: 'labels', labels: [] };
  const labels: Label[] = [];
  for (const part of encodedLabels.split(',')) {
    const equals = part.indexOf('=');
    if (equals < 0) return skipped('malformed_label');
    const name = decodeName(part.slice(0, equals));
    if (name === undefined) return skipped('invalid_label_name');
    if (isReservedLabelName(name)) return skipped('reserved_label');
    const value = decodeLabelValue(part.slice(equals + 1));
    if (value.byteLength === 0) continue;
    if (value.byteLength > MAX_LABEL_VALUE_BYTES) return skipped('label_value_too_long');
    if (value.text === undefined) return skipped('invalid_utf8');
    if (labels.some(([other]) => other === name)) return skipped('duplicate_label');
    if (labels.length === MAX_LABELS) return skipped('too_many_labels');
    labels.push([name, value.text]);
  }
  return { kind: 'labels', labels: labels.sort(byName) };
}

function byName([a]: Label, [b]: Label): number {
  return compareBytes(a, b);
}

function skipped(reason: SkipReason): { readonly kind: 'skipped'; readonly reason: SkipReason } {
  return { kind: 'skipped', reason };
}
