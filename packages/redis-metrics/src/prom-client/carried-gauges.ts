import type { GaugeMode } from '@redmeter/metric-format';
import type { Family, Gauge, Labels } from '../recording/series/instruments.js';
import type { RisenValues } from './risen-values.js';

/** One gauge series as read from a registry. */
export interface GaugeReading {
  /** Identifies the series. */
  readonly key: string;
  readonly family: Family<Gauge>;
  readonly mode: GaugeMode;
  readonly labels: Labels;
  readonly value: number;
}

/**
 * Copies gauges of a registry according to their modes: sets a gauge that changed, otherwise renews its TTL; in mode `sum`, adds the
 * difference. Removes series that are no longer in the registry and belong to this process.
 */
export class CarriedGauges {
  readonly #sums: RisenValues;
  #last = new Map<string, GaugeReading>();
  #now = new Map<string, GaugeReading>();

  /** @param sums copied values of gauges of mode `sum`: as with counters, another service continues from them */
  constructor(sums: RisenValues) {
    this.#sums = sums;
  }

  startRound(): void {
    this.#last = this.#now;
    this.#now = new Map();
  }

  carry(reading: GaugeReading): void {
    const { family, key, labels, mode, value } = reading;
    const last = this.#last.get(key);
    const gauge = family.labels(mode === 'process' ? withoutProcess(labels) : labels);
    if (mode === 'sum' && !Number.isFinite(value)) {
      // inc() refuses and counts it; what was added before stays.
      this.#sums.keep(key);
      if (last !== undefined) this.#now.set(key, last);
      gauge.inc(value);
      return;
    }
    this.#now.set(key, reading);
    if (mode === 'sum') {
      const [difference] = this.#sums.rise(key, [value], 0) ?? [];
      if (difference === undefined) gauge.touch();
      else gauge.inc(difference);
    } else if (last === undefined || !Object.is(last.value, value)) gauge.set(value);
    else gauge.touch();
  }

  /** Removes the series of the last round that are missing in this one. */
  endRound(): void {
    for (const [key, { family, labels, mode, value }] of this.#last) {
      if (this.#now.has(key)) continue;
      if (mode === 'process') family.remove(withoutProcess(labels));
      if (mode === 'sum') family.labels(labels).dec(value);
      // A gauge of mode `last` belongs to all processes, and expires when none sets it.
    }
  }
}

/** Renames a label `process`, which the library sets itself, as Prometheus renames conflicting labels of a target. */
function withoutProcess(labels: Labels): Labels {
  const { process, ...others } = labels;
  if (process === undefined) return labels;
  let name = 'exported_process';
  while (name in others) name = `exported_${name}`;
  return { ...others, [name]: process };
}
