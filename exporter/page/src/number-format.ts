const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const PRECISE = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });
const MEASURED = new Intl.NumberFormat('en', { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
const LARGE = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 4 });
const CLOCK = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** What stands where there is no number. */
export const NO_VALUE = '–';

/** A number for a person: four digits of those that matter, whole above a thousand. */
export function formatNumber(value: number | null): string {
  if (value === null || Number.isNaN(value)) return value === null ? NO_VALUE : 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return value.toExponential(2);
  if (size >= 1e9) return LARGE.format(value);
  return size >= 1000 ? WHOLE.format(value) : PRECISE.format(value);
}

/** A number of things. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

/** The unit of a metric: as declared, or as its name ends. */
export function unitOf(name: string, declared: string | null): string {
  if (/_timestamp_(?:seconds|ms)$/.test(name)) return name.endsWith('ms') ? 'timestamp_ms' : 'timestamp_seconds';
  return declared ?? /_(seconds|ms|milliseconds|bytes|ratio|percent)$/.exec(name.replace(/_total$/, ''))?.[1] ?? '';
}

/** A value in its unit, the large and the small ones in a unit that is easier to read. */
export function formatValue(value: number | null, unit: string): string {
  if (value === null || !Number.isFinite(value)) return formatNumber(value);
  switch (unit) {
    case 'timestamp_seconds':
      return CLOCK.format(value * 1000);
    case 'timestamp_ms':
      return CLOCK.format(value);
    case 'seconds':
      return formatDuration(value * 1000);
    case 'ms':
    case 'milliseconds':
      return formatDuration(value);
    case 'bytes':
      return formatBytes(value);
    default:
      return unit === '' || unit === 'ratio' ? formatNumber(value) : `${formatNumber(value)} ${unit}`;
  }
}

function formatDuration(ms: number): string {
  const size = Math.abs(ms);
  if (size === 0) return '0 ms';
  if (size < 1) return `${measured(ms * 1000)} µs`;
  if (size < 1000) return `${measured(ms)} ms`;
  if (size < 120_000) return `${measured(ms / 1000)} s`;
  return size < 7_200_000 ? `${measured(ms / 60_000)} min` : `${measured(ms / 3_600_000)} h`;
}

/** Three digits, so that measurements in a column end alike. */
function measured(value: number): string {
  return Math.abs(value) >= 1000 ? formatNumber(value) : MEASURED.format(value);
}

/** Events per second. */
export function formatRate(perSecond: number | undefined): string {
  if (perSecond === undefined) return `${NO_VALUE}/s`;
  const digits = perSecond === 0 || perSecond >= 100 ? 0 : perSecond >= 10 ? 1 : 2;
  if (perSecond > 0 && perSecond < 0.005) return `${formatNumber(Number(perSecond.toPrecision(1)))}/s`;
  return `${perSecond >= 1000 ? formatNumber(perSecond) : perSecond.toFixed(digits)}/s`;
}

function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(bytes))) / 3)));
  return power === 0 ? `${formatNumber(bytes)} B` : `${measured(bytes / 1000 ** power)} ${units[power] ?? ''}`;
}

/** How long ago something was: `4 s`, `3 min`, `2 h`, `5 d`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
