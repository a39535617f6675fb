import { setTimeout as wait } from 'node:timers/promises';
import { messageOf, writeTotals } from '@redmeter/experiment';
import type { Gateway } from '../gateway/gateway.js';
import type { TrafficPlan } from '../plan/traffic-plan.js';
import { readReleaseRecord, type ReleaseRecords } from '../record/held-record.js';
import { releaseSeries, type ReleaseMoment } from './release-series.js';

const REFRESH_MS = 5000;
// A week: what a release came to is shown until the next one.
const TTL_SECONDS = 7 * 24 * 3600;

/** What a release is published with. */
export type PublisherOptions = {
  readonly application: string;
  readonly records: ReleaseRecords;
  readonly gatewayOf: (plan: TrafficPlan) => Pick<Gateway, 'status'>;
  /** May hold a password, which is never shown. */
  readonly redisUrl: string;
  /** Called with the first of several failures in a row. */
  readonly onFailure: (message: string) => void;
};

/**
 * Writes the series of a release to Redis: when something happens, and every few seconds, so that what is in force stays true. It
 * reads the record in the store, and neither delays nor fails a rollout.
 */
export class ReleasePublisher {
  readonly #options: PublisherOptions;
  readonly #stopped = new AbortController();
  readonly #working: Promise<void>;
  readonly #versions = new Set<string>();
  #wake = new AbortController();
  #isFailing = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#working = this.#work();
  }

  /** Something happened. */
  notify(): void {
    this.#wake.abort();
  }

  /** Writes what is there now, for about five seconds at most, and ends. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.notify();
    await this.#working;
  }

  async #work(): Promise<void> {
    for (;;) {
      const isLast = this.#stopped.signal.aborted;
      this.#wake = new AbortController();
      await this.#publish();
      if (isLast) return;
      await wait(REFRESH_MS, undefined, { signal: this.#wake.signal, ref: false }).catch(() => undefined);
    }
  }

  async #publish(): Promise<void> {
    const { application, records, redisUrl, onFailure } = this.#options;
    try {
      const record = await readReleaseRecord(records, application);
      if (record === undefined) return;
      const earlierVersions = [...this.#versions];
      for (const { name } of record.plan.versions) this.#versions.add(name);
      const inForce = await this.#inForce(record.plan);
      await writeTotals(redisUrl, releaseSeries({ record, inForce, earlierVersions }), TTL_SECONDS);
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) onFailure(messageOf(error));
      this.#isFailing = true;
    }
  }

  async #inForce(plan: TrafficPlan): Promise<ReleaseMoment['inForce']> {
    try {
      const status = await this.#options.gatewayOf(plan).status();
      if (status.kind === 'down') return 'nothing';
      // What others made of it is in no plan.
      return (status.drift ?? []).length === 0 ? status.plan : 'unknown';
    } catch {
      // The commands that apply plans report the reason.
      return 'unknown';
    }
  }
}
