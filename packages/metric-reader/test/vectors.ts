import type { EscapingScheme } from '@redmeter/metric-format';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a key of a vector holds. */
export type StoredContent =
  | { readonly kind: 'string'; readonly bytes: Buffer }
  | { readonly kind: 'list' | 'set'; readonly elements: readonly Buffer[] }
  | { readonly kind: 'hash' | 'stream' | 'zset'; readonly pairs: readonly (readonly [Buffer, Buffer])[] };

/** One key of a vector. */
export interface StoredKey {
  readonly key: Buffer;
  readonly content: StoredContent;
}

/** One case of packages/metric-format/vectors; the README there describes the fields. */
export interface Vector {
  readonly file: string;
  readonly name: string;
  readonly nowMs: number;
  readonly maxSeries: number | undefined;
  readonly scanLimit: number | undefined;
  readonly newMs: number | undefined;
  readonly escaping: Extract<EscapingScheme, 'underscores'> | undefined;
  readonly redis: readonly StoredKey[];
  readonly series: ReadonlyMap<string, string>;
  readonly skipped: ReadonlyMap<string, number>;
  readonly reader: ReadonlyMap<string, string | null>;
  readonly text: readonly string[] | undefined;
  readonly textPart: readonly string[] | undefined;
}

const folder = join(__dirname, '../../metric-format/vectors');

/** All vectors, file by file. */
export function loadVectors(): ReadonlyMap<string, readonly Vector[]> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return new Map(files.map((file) => [file, loadFile(file)]));
}

function loadFile(file: string): Vector[] {
  const root = fieldsOf(JSON.parse(readFileSync(join(folder, file), 'utf8')), ['theme', 'now_ms', 'cases']);
  const nowMs = numberOf(root.get('now_ms'));
  const vectors = listOf(root.get('cases')).map((one) => vectorOf(file, nowMs, one));
  const names = new Set(vectors.map(({ name }) => name));
  if (names.size !== vectors.length) throw new Error(`${file}: expected names that are unique`);
  return vectors;
}

function vectorOf(file: string, fileNowMs: number, value: unknown): Vector {
  const fields = fieldsOf(value, [
    'name',
    'now_ms',
    'redis',
    'settings',
    'series',
    'skipped',
    'reader',
    'text',
    'text_part',
  ]);
  const settings = fieldsOf(fields.get('settings') ?? {}, ['max_series', 'scan_limit', 'new_ms', 'escaping']);
  return {
    file,
    name: textOf(fields.get('name')),
    nowMs: optional(fields.get('now_ms'), numberOf) ?? fileNowMs,
    maxSeries: optional(settings.get('max_series'), numberOf),
    scanLimit: optional(settings.get('scan_limit'), numberOf),
    newMs: optional(settings.get('new_ms'), numberOf),
    escaping: optional(settings.get('escaping'), escapingOf),
    redis: listOf(fields.get('redis')).map(keyOf),
    series: mapOf(fields.get('series'), textOf),
    skipped: mapOf(fields.get('skipped') ?? {}, numberOf),
    reader: mapOf(fields.get('reader') ?? {}, (one) => (one === null ? null : textOf(one))),
    text: optional(fields.get('text'), (one) => listOf(one).map(textOf)),
    textPart: optional(fields.get('text_part'), (one) => listOf(one).map(textOf)),
  };
}

function escapingOf(value: unknown): 'underscores' {
  if (value !== 'underscores') throw new Error(`expected underscores, got ${String(value)}`);
  return value;
}

function keyOf(value: unknown): StoredKey {
  const fields = fieldsOf(value, ['key', 'value', 'list', 'set', 'hash', 'stream', 'zset']);
  const [kind, content, ...more] = [...fields.keys()].filter((name) => name !== 'key');
  if (kind === undefined || content !== undefined || more.length > 0) {
    throw new Error(`expected a key with one kind of value, got ${JSON.stringify(value)}`);
  }
  return { key: bytesOf(fields.get('key')), content: contentOf(kind, fields.get(kind)) };
}

function contentOf(kind: string, value: unknown): StoredContent {
  if (kind === 'value') return { kind: 'string', bytes: bytesOf(value) };
  if (kind === 'list' || kind === 'set') return { kind, elements: listOf(value).map(bytesOf) };
  const pairs = listOf(value).map((pair) => {
    const [first, second] = listOf(pair);
    return [bytesOf(first), typeof second === 'number' ? Buffer.from(String(second)) : bytesOf(second)] as const;
  });
  return { kind: kind === 'hash' || kind === 'stream' ? kind : 'zset', pairs };
}

function bytesOf(value: unknown): Buffer {
  if (typeof value === 'string') return Buffer.from(value);
  if (Array.isArray(value)) return Buffer.concat(value.map(bytesOf));
  const fields = fieldsOf(value, ['hex', 'repeat', 'times']);
  if (fields.has('hex')) return Buffer.from(textOf(fields.get('hex')), 'hex');
  return Buffer.concat(new Array<Buffer>(numberOf(fields.get('times'))).fill(bytesOf(fields.get('repeat'))));
}

function fieldsOf(value: unknown, known: readonly string[]): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`expected an object, got ${JSON.stringify(value)}`);
  }
  const fields = new Map<string, unknown>(Object.entries(value));
  const unknown = [...fields.keys()].filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`expected ${known.join(', ')}, got ${unknown.join(', ')}`);
  return fields;
}

function mapOf<T>(value: unknown, valueOf: (value: unknown) => T): ReadonlyMap<string, T> {
  if (typeof value !== 'object' || value === null) throw new Error(`expected an object, got ${String(value)}`);
  return new Map(Object.entries(value).map(([name, one]) => [name, valueOf(one)]));
}

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error(`expected a list, got ${JSON.stringify(value)}`);
  return value;
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`expected a text, got ${JSON.stringify(value)}`);
  return value;
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number') throw new Error(`expected a number, got ${JSON.stringify(value)}`);
  return value;
}

function optional<T>(value: unknown, valueOf: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : valueOf(value);
}
