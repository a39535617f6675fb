import { waitFor } from '@redmeter/test-servers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestStack, type TestStack } from './test-stack.js';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ storeEnvironment: { HANDLER_DELAY_MS: '1', METRICS_FLUSH_INTERVAL_MS: '200' } });
});
afterAll(() => stack.stop());

interface Answer {
  readonly event?: string | null;
  readonly users?: Readonly<Record<string, number>>;
}

/** Counts by name. */
class Tally {
  readonly counts: Record<string, number> = {};

  add(name: string): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }
}

/** What a query answers, by one of its labels, without the series that stand at zero. */
async function byLabel(expression: string, label: string): Promise<Record<string, number>> {
  const samples = await stack.prometheus.query(expression);
  return Object.fromEntries(
    samples.filter(({ value }) => value !== 0).map(({ labels, value }) => [labels[label] ?? '', value]),
  );
}

it('counts in Prometheus exactly the requests that were made', async () => {
  const endpoints = ['join', 'join', 'look-around', 'served', 'leave', 'error', 'simulate', 'nothing-of-the-kind'];
  const requests = new Tally();
  const events = new Tally();
  const errors = new Tally();
  let users: Readonly<Record<string, number>> = {};
  const request = async (endpoint: string): Promise<void> => {
    const method = endpoint === 'simulate' ? 'POST' : 'GET';
    const response = await fetch(`${stack.storeUrl}/${endpoint}`, { method });
    const answer = (await response.json()) as Answer;
    if (response.status !== 404) requests.add(endpoint);
    if (response.status >= 500) errors.add(endpoint);
    if (typeof answer.event === 'string') events.add(answer.event);
  };
  // Ten at a time, so that requests overlap as in life.
  for (let round = 0; round < 60; round += 1) {
    await Promise.all(Array.from({ length: 10 }, (_, index) => request(endpoints[(round * 7 + index) % 8] ?? 'join')));
  }
  const last = (await (await fetch(`${stack.storeUrl}/join`)).json()) as Answer;
  requests.add('join');
  events.add('joined');
  users = last.users ?? {};

  const durationCounts = 'sum by (endpoint) (api_request_duration_ms_count{endpoint!="unknown"})';
  await waitFor(
    async () => (await byLabel(durationCounts, 'endpoint'))['join'] === requests.counts['join'],
    'the last request reaches Prometheus',
  );
  // Counted once, and not once more with the next flush and scrape.
  await stack.prometheus.nextScrape();
  expect(await byLabel('user_events', 'event')).toEqual(events.counts);
  expect(await byLabel('api_errors', 'endpoint')).toEqual(errors.counts);
  expect(await byLabel(durationCounts, 'endpoint')).toEqual(requests.counts);
  expect(await byLabel('api_request_duration_ms_bucket{le="+Inf",endpoint!="unknown"}', 'endpoint')).toEqual(
    requests.counts,
  );
  for (const state of ['waiting', 'active', 'served', 'total']) {
    expect(await stack.prometheus.value(`users_${state}{service="store"}`)).toBe(users[state]);
  }
});

it('has what Redis has, seconds later', async () => {
  const record = JSON.parse((await stack.redis.get('metrics:counter:user_events:event=joined')) ?? 'null') as {
    value: number;
  };
  expect(await stack.prometheus.value('user_events{event="joined"}')).toBe(record.value);
});

it('scrapes every target, and evaluates every rule without an error', async () => {
  expect(await stack.prometheus.query('up == 0')).toEqual([]);
  expect((await stack.prometheus.query('up')).map(({ labels }) => labels['job']).sort()).toEqual([
    'prometheus',
    'redis-exporter',
  ]);
  expect(await stack.prometheus.query('prometheus_rule_evaluation_failures_total > 0')).toEqual([]);
});
