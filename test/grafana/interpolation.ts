/** What Grafana puts into a query for each variable, by its name. */
export type VariableValues = Readonly<Record<string, string>>;

const scrapeIntervalSeconds = 5;

/**
 * Grafana's own variables for a dashboard of 15 minutes over a data source that is scraped every 5 s: the interval is
 * the data source's at least, and the rate interval the larger of the interval and a scrape, and of four scrapes.
 * Source: https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/
 */
const builtIn: VariableValues = {
  __interval: `${scrapeIntervalSeconds}s`,
  __interval_ms: String(scrapeIntervalSeconds * 1000),
  __rate_interval: `${Math.max(scrapeIntervalSeconds + scrapeIntervalSeconds, 4 * scrapeIntervalSeconds)}s`,
  __range: '900s',
  __range_s: '900',
  __range_ms: '900000',
};

/**
 * Replaces `$name` and `${name}` as Grafana does before it sends a query.
 * @throws Error when the query names a variable that neither Grafana nor the dashboard has
 */
export function interpolate(query: string, values: VariableValues): string {
  return query.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced: string | undefined, bare: string | undefined) => {
    const name = braced ?? bare ?? '';
    const value = values[name] ?? builtIn[name];
    if (value === undefined) throw new Error(`${query}: there is no variable ${name}`);
    return value;
  });
}

/** What Grafana puts in when the values are ticked one by one: `(join|look-around)`. */
export function tickedValues(values: readonly string[]): string {
  // Twice escaped: once for the regular expression, once for the PromQL string that it stands in.
  const escaped = values.map((value) => value.replace(/[\\^$*+?.()|[\]{}]/g, '\\\\$&'));
  return escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`;
}

/** The parts of `label_values(selector, label)`. */
export interface LabelValues {
  readonly selector: string;
  readonly label: string;
}

/**
 * Reads a variable's query.
 * @throws Error when it is none of the form `label_values(selector, label)`
 */
export function parseLabelValues(query: string): LabelValues {
  const [, selector, label] = /^label_values\((.+),\s*(\w+)\)$/.exec(query) ?? [];
  if (selector === undefined || label === undefined)
    throw new Error(`expected label_values(selector, label), got ${query}`);
  return { selector, label };
}
