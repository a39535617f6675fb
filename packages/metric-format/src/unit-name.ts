/** Units of UCUM, as OpenTelemetry writes them, by the names that Prometheus uses in names of metrics. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['d', 'days'],
  ['h', 'hours'],
  ['min', 'minutes'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  ['TiBy', 'tibibytes'],
  ['KBy', 'kilobytes'],
  ['MBy', 'megabytes'],
  ['GBy', 'gigabytes'],
  ['TBy', 'terabytes'],
  ['m', 'meters'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['%', 'percent'],
]);

/**
 * The name of a unit of OpenTelemetry as families have it: `seconds` for `s`; one that is not listed stays as it is. Undefined for none:
 * annotations such as `{request}` and the unit `1` are none.
 */
export function unitName(unit: string): string | undefined {
  const text = unit.replace(/\{[^}]*\}/g, '').trim();
  if (text === '' || text === '1') return undefined;
  return NAMES.get(text) ?? text;
}
