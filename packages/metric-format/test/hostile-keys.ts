/** Keys that somebody may make, so long or a little shorter; they begin with `metrics:`. */
export interface HostileKeys {
  readonly name: string;
  readonly build: (bytes: number) => readonly string[];
}

/** Parts of a key of which one is repeated until it is long enough: `metrics:`, `head`, `repeated`…, `tail`. */
type Parts = readonly [name: string, head: string, repeated: string, tail: string];

const ONE_KEY: readonly Parts[] = [
  ['a long type', '', 'c', ':x'],
  ['a long name', 'counter:', 'x', ''],
  ['a long name with an end', 'counter:', 'x', '-'],
  ['names', 'counter:x', ':x', ''],
  ['tags', '', '{1}:', 'counter:x'],
  ['braces', '', '{', 'counter:x'],
  ['a long tag', '{', '1', '}:counter:x'],
  ['a tag without an end', '{', '1', ''],
  ['digits', 'counter:x:', '1', ''],
  ['letters', 'counter:x:', 'a', ''],
  ['equals signs', 'counter:x:', '=', ''],
  ['commas', 'counter:x:a=1', ',', ''],
  ['empty labels', 'counter:x:a=', ',a=', ''],
  ['labels of one name', 'counter:x:a=1', ',a=1', ''],
  ['empty labels, then one', 'counter:x:a=', ',a=', ',b=1'],
  ['a long label name', 'counter:x:', 'a', '=1'],
  ['a long label name that is none', 'counter:x:', 'a', '-=1'],
  ['a long label value', 'counter:x:a=', '1', ''],
  ['per cent signs', 'counter:x:a=', '%', ''],
  ['escapes cut off', 'counter:x:a=', '%4', ''],
  ['escapes', 'counter:x:a=', '%41', ''],
  ['escaped quotes', 'counter:x:a=', '%22', ''],
  ['backticks', 'counter:x:a=', '`', ''],
  ['characters of two bytes', 'counter:x:a=', 'é', ''],
  ['escaped bytes that continue nothing', 'counter:x:a=', '%80', ''],
  ['escaped characters cut off', 'counter:x:a=', '%e4%bd', ''],
];

function manyKeys(bytes: number, keyOf: (i: string) => string): string[] {
  const length = keyOf('00000').length;
  return Array.from({ length: Math.floor(bytes / length) }, (_, i) => keyOf(String(i).padStart(5, '0')));
}

/** Labels of the same names, so that a reader goes by what it learnt; the last value is not plain. */
function learntLabels(i: string): string {
  const values = Array.from({ length: 9 }, (_, at) => `l${at}=${'v'.repeat(40)}${i}`);
  return `metrics:counter:x:${values.join(',')}%`;
}

const MANY_KEYS: readonly (readonly [string, (i: string) => string])[] = [
  ['one family', (i) => `metrics:counter:x:a=${i}`],
  ['one family with labels alike', learntLabels],
  [
    'one family with ten labels',
    (i) =>
      `metrics:gauge:x:${Array.from('abcdefghij')
        .map((label) => `${label}=${i}`)
        .join(',')}`,
  ],
  ['one series', (i) => `metrics:counter:x:a=1${',b='.repeat(Number(i))}`.slice(0, 200) + `,c${i}=`],
  ['families', (i) => `metrics:counter:x${i}`],
  ['tags', (i) => `metrics:{${i}}:counter:x`],
  ['tags of many series', (i) => `metrics:{${i}}:counter:x:a=${i}`],
  ['types', (i) => `metrics:${Number(i) % 2 === 0 ? 'counter' : 'histogram'}:x:a=${i}`],
];

/** Keys that make a pattern slow which tries several ways through one text, or a reader that looks at each key for each. */
export const HOSTILE_KEYS: readonly HostileKeys[] = [
  ...ONE_KEY.map(([name, head, repeated, tail]): HostileKeys => ({
    name,
    build: (bytes) => [`metrics:${head}${repeated.repeat(Math.floor(bytes / repeated.length))}${tail}`],
  })),
  ...MANY_KEYS.map(([name, keyOf]): HostileKeys => ({
    name: `many keys of ${name}`,
    build: (bytes) => manyKeys(2 * bytes, keyOf),
  })),
];
