import { waitFor } from '../wait-for.js';

/** One sample of an instant query. */
export interface Sample {
  /** Its labels, `__name__` too. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** When it was evaluated, in seconds since the epoch. */
  readonly time: number;
}

/** A native histogram as the API shows it. */
export interface HistogramSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
  readonly sum: number;
  /** Only buckets that hold something, in ascending order. */
  readonly buckets: readonly HistogramBucket[];
}

/** One bucket of a native histogram. */
export interface HistogramBucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/** The exemplars of one series. */
export interface SeriesExemplars {
  readonly labels: Readonly<Record<string, string>>;
  readonly exemplars: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
    /** Seconds since the epoch. */
    readonly time: number;
  }[];
}

type ApiBucket = readonly [boundaries: number, lower: string, upper: string, count: string];

interface ApiHistogram {
  readonly count: string;
  readonly sum: string;
  readonly buckets?: readonly ApiBucket[];
}

interface ApiSeries {
  readonly metric: Record<string, string>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
  readonly histogram?: readonly [number, ApiHistogram];
}

const specialValues: Readonly<Record<string, number>> = { '+Inf': Infinity, '-Inf': -Infinity, NaN };

/** Asks a Prometheus for what it holds now. */
export class PrometheusClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /**
   * Samples of plain numbers.
   * @param timeSeconds when it is evaluated; default now
   * @throws Error when Prometheus refuses the expression
   */
  async query(expression: string, timeSeconds?: number): Promise<Sample[]> {
    return (await this.#series(expression, timeSeconds)).flatMap(({ metric, value }) =>
      value === undefined ? [] : [{ labels: metric, value: numberOf(value[1]), time: value[0] }],
    );
  }

  /** The one value that an expression has, or undefined. */
  async value(expression: string, timeSeconds?: number): Promise<number | undefined> {
    const [first, second] = await this.query(expression, timeSeconds);
    if (second !== undefined) throw new Error(`${expression} has more than one value`);
    return first?.value;
  }

  /** Samples that are native histograms. */
  async histograms(expression: string, timeSeconds?: number): Promise<HistogramSample[]> {
    return (await this.#series(expression, timeSeconds)).flatMap(({ metric, histogram }) =>
      histogram === undefined ? [] : [{ labels: metric, ...histogramOf(histogram[1]) }],
    );
  }

  /** The values that Prometheus stored of one series, in their order, by a range selector such as `up[5m]`. */
  async samples(selector: string): Promise<number[]> {
    return (await this.timedSamples(selector)).map(([, value]) => value);
  }

  /** The same, each with its time in seconds since the epoch. */
  async timedSamples(selector: string): Promise<(readonly [number, number])[]> {
    const [first, second] = await this.#series(selector);
    if (second !== undefined) throw new Error(`${selector} has more than one series`);
    return (first?.values ?? []).map(([time, value]) => [time, numberOf(value)]);
  }

  /** The labels of all series that match and have samples of the last hour, marks of series that are gone among them. */
  async seriesLabels(selector: string): Promise<readonly Readonly<Record<string, string>>[]> {
    const now = Date.now() / 1000;
    return this.#ask('series', { 'match[]': selector, start: String(now - 3600), end: String(now + 60) });
  }

  /** The exemplars of series that match, of the last hour. */
  async exemplars(selector: string): Promise<SeriesExemplars[]> {
    const now = Date.now() / 1000;
    const data = await this.#ask<
      readonly {
        readonly seriesLabels: Record<string, string>;
        readonly exemplars: readonly { labels: Record<string, string>; value: string; timestamp: number }[];
      }[]
    >('query_exemplars', { query: selector, start: String(now - 3600), end: String(now + 60) });
    return data.map(({ seriesLabels, exemplars }) => ({
      labels: seriesLabels,
      exemplars: exemplars.map(({ labels, value, timestamp }) => ({ labels, value: numberOf(value), time: timestamp })),
    }));
  }

  /**
   * Waits until Prometheus has scraped a target, beginning after this moment, and stored what it got.
   * @param selector of the target; default redis_exporter's in `npm start`
   */
  async nextScrape(timeoutMs = 90_000, selector = 'up{job="redis-exporter"}'): Promise<void> {
    const now = Date.now() / 1000;
    await waitFor(
      async () => ((await this.value(`timestamp(${selector})`)) ?? 0) > now,
      `Prometheus scrapes ${selector}`,
      timeoutMs,
    );
  }

  async #series(expression: string, timeSeconds?: number): Promise<readonly ApiSeries[]> {
    const time: Record<string, string> = timeSeconds === undefined ? {} : { time: String(timeSeconds) };
    const { result } = await this.#ask<{ readonly result: readonly ApiSeries[] }>('query', {
      query: expression,
      ...time,
    });
    return result;
  }

  async #ask<Data>(endpoint: string, parameters: Readonly<Record<string, string>>): Promise<Data> {
    const response = await fetch(`${this.#url}/api/v1/${endpoint}`, {
      method: 'POST',
      body: new URLSearchParams(parameters),
    });
    const answer = (await response.json()) as { readonly status: string; readonly error?: string; readonly data: Data };
    if (answer.status !== 'success') {
      throw new Error(`${parameters['query'] ?? endpoint}: ${answer.error ?? 'refused without a reason'}`);
    }
    return answer.data;
  }
}

function numberOf(text: string): number {
  return specialValues[text] ?? Number(text);
}

function histogramOf({ count, sum, buckets = [] }: ApiHistogram): Omit<HistogramSample, 'labels'> {
  return {
    count: numberOf(count),
    sum: numberOf(sum),
    buckets: buckets.map(([, lower, upper, bucketCount]) => ({
      lower: numberOf(lower),
      upper: numberOf(upper),
      count: numberOf(bucketCount),
    })),
  };
}
