import { waitFor } from '@redmeter/test-servers';

/** One sample of an instant query. */
export interface Sample {
  /** Its labels, `__name__` too. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** When it was evaluated, in seconds since the epoch. */
  readonly time: number;
}

interface QueryAnswer {
  readonly status: 'success' | 'error';
  readonly error?: string;
  readonly data: { readonly result: readonly { metric: Record<string, string>; value: [number, string] }[] };
}

const specialValues: Readonly<Record<string, number>> = { '+Inf': Infinity, '-Inf': -Infinity, NaN };

/** Asks a Prometheus for what it holds now. */
export class PrometheusClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** @throws Error when Prometheus refuses the expression */
  async query(expression: string): Promise<Sample[]> {
    const response = await fetch(`${this.#url}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query: expression }),
    });
    const answer = (await response.json()) as QueryAnswer;
    if (answer.status !== 'success') throw new Error(`${expression}: ${answer.error ?? 'refused without a reason'}`);
    return answer.data.result.map(({ metric, value: [time, value] }) => ({
      labels: metric,
      value: specialValues[value] ?? Number(value),
      time,
    }));
  }

  /** The one value that an expression has, or undefined. */
  async value(expression: string): Promise<number | undefined> {
    const [first, second] = await this.query(expression);
    if (second !== undefined) throw new Error(`${expression} has more than one value`);
    return first?.value;
  }

  /** The values that Prometheus stored of one series, in their order, by a range selector such as `up[5m]`. */
  async samples(selector: string): Promise<number[]> {
    const response = await fetch(`${this.#url}/api/v1/query?query=${encodeURIComponent(selector)}`);
    const { data } = (await response.json()) as {
      readonly data: { readonly result: readonly { readonly values: readonly (readonly [number, string])[] }[] };
    };
    const [first, second] = data.result;
    if (second !== undefined) throw new Error(`${selector} has more than one series`);
    return (first?.values ?? []).map(([, value]) => specialValues[value] ?? Number(value));
  }

  /** Waits until Prometheus has scraped the exporter, beginning after this moment, and stored what it got. */
  async nextScrape(timeoutMs = 90_000): Promise<void> {
    const now = Date.now() / 1000;
    await waitFor(
      async () => ((await this.value('timestamp(up{job="redis-exporter"})')) ?? 0) > now,
      'Prometheus scrapes the exporter',
      timeoutMs,
    );
  }
}
