import { counted, tag, utf8, varint } from './wire.js';

const NAME = tag(1, 'bytes');
const HELP = tag(2, 'bytes');
const TYPE = tag(3, 'varint');
const UNIT = tag(5, 'bytes');
/** io.prometheus.client.MetricType */
const TYPES = { counter: 0, gauge: 1, histogram: 4 } as const;

/** What stands in a family besides its series. */
export interface FamilyFields {
  readonly name: string;
  readonly type: keyof typeof TYPES;
  readonly help: string;
  readonly unit: string | undefined;
}

/**
 * The begin of a MetricFamily in a delimited answer: the length of all of it, and its fields but for the series, which follow.
 * @param byteLength of all series of the family
 */
export function familyStart(family: FamilyFields, byteLength: number): string {
  const { name, type, help } = family;
  const unit = shownUnit(family);
  const fields = NAME + counted(utf8(name)) + HELP + counted(utf8(help)) + TYPE + varint(TYPES[type]);
  const all = unit === undefined ? fields : fields + UNIT + counted(utf8(unit));
  return varint(all.length + byteLength) + all;
}

/** The unit of a family if Prometheus takes it: it refuses the whole answer for one that is not the suffix of the name. */
export function shownUnit({ name, type, unit }: Omit<FamilyFields, 'help'>): string | undefined {
  const base = type === 'counter' && name.endsWith('_total') ? name.slice(0, -'_total'.length) : name;
  return unit !== undefined && base.endsWith(`_${unit}`) ? unit : undefined;
}
