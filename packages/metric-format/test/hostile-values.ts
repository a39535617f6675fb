import { expect } from '@jest/globals';
import type { MetricType } from '@redmeter/metric-format';

/** A value that somebody may put under a key, so long or a little shorter. */
export interface HostileValue {
  readonly name: string;
  readonly type: MetricType;
  readonly build: (bytes: number) => Buffer;
}

/** A time of 13 digits, as a record ends with. */
const TIME = '1763600012345';
const COUNTER = '{"type":"counter","value":';
const CREATED = `,"created":${TIME}`;
const GAUGE = '{"type":"gauge","mode":"';
const HISTOGRAM = '{"type":"histogram","count":3,"sum":1,"bounds":[5,10],"counts":[1,1,1]';

/** Parts of a value of which one is repeated until it is long enough: `head`, `repeated`…, `tail`. */
type Parts = readonly [name: string, head: string, repeated: string, tail: string];

function simple(end: string): Parts[] {
  const values = ['1', '1.', '.1', '0', '1e', '-', '1e1'].flatMap((digits): Parts[] => [
    [`a value of ${digits}`, COUNTER, digits, `${CREATED}${end}`],
    [`a value of ${digits} that ends otherwise`, COUNTER, digits, `x${CREATED}${end}`],
    [`a value of ${digits} without an end`, COUNTER, digits, ''],
    [`a value of unknown age of ${digits}`, COUNTER, digits, end],
  ]);
  return [
    ...values,
    ['many times of creation', `${COUNTER}5`, CREATED, end],
    ['a long time of creation', `${COUNTER}5,"created":`, '1', end],
    ['many times', `${COUNTER}5${CREATED}`, `,"timestamp":${TIME}`, end],
    ['a long time', `${COUNTER}5${CREATED},"timestamp":1`, '1', '}'],
    ['heads', '', COUNTER, end],
  ];
}

function gauges(end: string): Parts[] {
  return [
    ['a long mode', GAUGE, 'l', `","value":5${end}`],
    ['modes', GAUGE, 'l","value":', `5${end}`],
    ['a long value', `${GAUGE}last","value":`, '1', end],
    ['values', `${GAUGE}last","value":5`, `,"value":5`, end],
    ['quotes for a value', `${GAUGE}last","value":`, '"', end],
  ];
}

function histograms(end: string): Parts[] {
  const window = `${HISTOGRAM},"window":[`;
  return [
    ['unfinished copies in the window', window, '{"since":1,"counts":[', ''],
    ['unfinished copies in a window with an end', window, '{"since":1,"counts":[', `]${CREATED}${end}`],
    ['copies in the window', window, '{"since":1,"counts":[0,0,0]},', `${CREATED}${end}`],
    [
      'many copies in the window',
      `${window}{"since":1,"counts":[0,0,0]}`,
      ',{"since":1,"counts":[0,0,0]}',
      `]${CREATED}${end}`,
    ],
    ['windows', HISTOGRAM, ',"window":[', end],
    ['the beginning of a window', window, '{', end],
    ['commas in the window', window, '},{', end],
    ['a long time of a copy', `${window}{"since":`, '1', `,"counts":[0,0,0]}]${CREATED}${end}`],
    [
      'retired bounds',
      `${HISTOGRAM},"window":[]`,
      ',"retired":{"since":1,"bounds":[5],"counts":[0,0]}',
      `${CREATED}${end}`,
    ],
    [
      'many retired bounds',
      `${HISTOGRAM},"window":[],"retired":{"since":1,"bounds":[1`,
      ',2',
      `],"counts":[0]}${CREATED}${end}`,
    ],
    ['brackets for bounds', '{"type":"histogram","count":3,"sum":1,"bounds":', '[', end],
    ['closed brackets for bounds', '{"type":"histogram","count":3,"sum":1,"bounds":', '[]', end],
    ['many bounds', '{"type":"histogram","count":3,"sum":1', ',"bounds":[5,10]', end],
    ['bounds begun', '{"type":"histogram","count":3,"sum":1', ',"bounds":[5,', end],
    [
      'many layouts',
      '{"type":"histogram","bounds":[5,10],"layouts":[',
      '{"bounds":[7],"expires":9999999999999},',
      '{}],"declared":1}',
    ],
    [
      'layouts of many bounds',
      '{"type":"histogram","bounds":[5,10],"layouts":[{"expires":9999999999999,"bounds":[7',
      ',8',
      ']}],"declared":1}',
    ],
    ['a long count', '{"type":"histogram","count":', '1', `,"sum":1,"bounds":[5,10],"counts":[1,1,1]${end}`],
    ['a long sum', '{"type":"histogram","count":3,"sum":', '1', `,"bounds":[5,10],"counts":[1,1,1]${end}`],
    [
      'a long number among the counts',
      '{"type":"histogram","count":3,"sum":1,"bounds":[5,10],"counts":[1,',
      '1',
      `,1],"window":[]${CREATED}${end}`,
    ],
    [
      'many counts',
      '{"type":"histogram","count":3,"sum":1,"bounds":[5,10],"counts":[1',
      ',1',
      `],"window":[]${CREATED}${end}`,
    ],
    [
      'commas for counts',
      '{"type":"histogram","count":3,"sum":1,"bounds":[5,10],"counts":[1',
      ',',
      `],"window":[]${CREATED}${end}`,
    ],
  ];
}

const TEXTS: Parts[] = [
  ['digits', '', '1', ''],
  ['digits behind a sign', '-', '1', ''],
  ['digits behind a point', '1.', '1', 'x'],
  ['digits on both sides of points', '', '1.', ''],
  ['an exponent', '1e', '1', ''],
  ['spaces', '', ' ', ''],
  ['spaces before a bracket', '', ' ', '['],
  ['line feeds', '', '\n', ''],
  ['quotes', '', '"', ''],
  ['quotes and control characters', '', '"\u0001', ''],
  ['a text without an end', '"', 'a', ''],
  ['backslashes', '"', '\\', ''],
  ['escaped quotes', '"', '\\"', ''],
  ['escaped surrogates', '"', '\\ud800', '"'],
  ['NULs', '', '\u0000', ''],
  ['points', '', '.', ''],
  ['points in brackets', '[', '1.,', ']'],
  ['commas', '', ',', ''],
  ['braces', '', '{', ''],
  ['objects in objects', '', '{"a":', ''],
  ['brackets', '', '[', ''],
  ['lists in lists', '[', '[],', '0]'],
  ['closing brackets', '', ']', ''],
  ['fields of one name', '{"value":1', ',"value":1', '}'],
  ['words', '[true', ',true', ']'],
  ['letters', '', 'n', ''],
  ['characters of two bytes', '"', 'é', '"'],
  ['characters of four bytes', '"', '😀', '"'],
];

const BYTES: readonly (readonly [string, readonly number[]])[] = [
  ['bytes that continue nothing', [0x80]],
  ['characters cut off', [0xe4, 0xbd]],
  ['overlong characters', [0xe0, 0x80, 0x80]],
];

/**
 * Values that make a pattern slow which tries several ways through one text: each part that a record has, repeated.
 * @param timestampMs what records end with that look as if they were written just now; 13 digits
 */
export function hostileValues(timestampMs: number): HostileValue[] {
  const end = `,"timestamp":${timestampMs}}`;
  const named = (type: MetricType, parts: readonly Parts[]): HostileValue[] =>
    parts.map(([name, head, repeated, tail]) => ({
      name: `${type}: ${name}`,
      type,
      build: (bytes) => Buffer.from(repeatTo(bytes, head, repeated, tail)),
    }));
  return [
    ...named('counter', [...simple(end), ...TEXTS]),
    // A gauge that is not written as the library does is read as a counter is.
    ...named('gauge', gauges(end)),
    ...named('histogram', [...histograms(end), ...TEXTS]),
    ...(['counter', 'histogram'] as const).flatMap((type) => [
      ...BYTES.map(([name, bytes]): HostileValue => ({
        name: `${type}: ${name}`,
        type,
        build: (length) => Buffer.alloc(length - (length % bytes.length), Uint8Array.from(bytes)),
      })),
      { name: `${type}: many fields`, type, build: manyFields },
    ]),
  ];
}

function repeatTo(bytes: number, head: string, repeated: string, tail: string): string {
  const room = bytes - Buffer.byteLength(head) - Buffer.byteLength(tail);
  return head + repeated.repeat(Math.floor(room / Buffer.byteLength(repeated))) + tail;
}

/** Names that differ where Lua's hash of a long string does not look. */
function manyFields(bytes: number): Buffer {
  const fields: string[] = [];
  for (let length = 0, i = 0; length < bytes - 60; i += 1) {
    const field = `"${Array.from(String(i).padStart(6, '0')).join('_').padEnd(40, '_')}":1`;
    length += field.length + 1;
    fields.push(field);
  }
  return Buffer.from(`{${fields.join(',')}}`);
}

/** How a time that grows as its input does is told from one that grows as the square of it. */
export const GROWTH = {
  runs: 3,
  bytes: [8192, 65_536],
  /** Eight times the input takes about 8 times as long, not 64 times. */
  times: 16,
  /** Below this there is nothing to see: the rest of the call weighs more. */
  leastMs: 8,
  /** A slow moment of the machine is not the script's. */
  attempts: 10,
} as const;

/** Measures two lengths of an input, again where the longer one takes too long. */
export async function expectLinear(timeMs: (bytes: number) => number | Promise<number>): Promise<void> {
  const [short, long] = GROWTH.bytes;
  for (let attempt = 1; ; attempt += 1) {
    const shortMs = await timeMs(short);
    const longMs = await timeMs(long);
    const mostMs = Math.max(GROWTH.leastMs, GROWTH.times * shortMs);
    if (longMs >= mostMs && attempt < GROWTH.attempts) continue;
    expect(longMs).toBeLessThan(mostMs);
    return;
  }
}

/** Milliseconds of processor time that some work takes here, in the best of some runs. */
export function processorTimeMs(work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < GROWTH.runs; run += 1) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}
