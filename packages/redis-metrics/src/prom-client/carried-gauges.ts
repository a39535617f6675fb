import type { GaugeMode } from '@redmeter/metric-format';
import type { Family, Gauge, Labels } from '../recording/series/instruments.js';
import type { RisenValues } from './risen-values.js';

/** One gauge series as it was read from a registry. */
export interface GaugeReading {
  /** Identifies the series. */
  readonly key: string;
  readonly family: Family<Gauge>;
  readonly mode: GaugeMode;
  readonly labels: Labels;
  readonly value: number;
}

/**
 * Carries gauges that were read elsewhere, each as its mode wants it: set when it changed, kept alive when not; in mode `sum`,
 * by the difference. What is no longer read is taken away, where it is this process's own.
 */
export class CarriedGauges {
  readonly #sums: RisenValues;
  #last = new Map<string, GaugeReading>();
  #now = new Map<string, GaugeReading>();

  /** @param sums what was carried of sums: as with counters, another service goes on from there */
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
      // What it added before stands: it is refused, and counted.
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

  /** Takes away the series that were read in the last round and not in this one. */
  endRound(): void {
    for (const [key, { family, labels, mode, value }] of this.#last) {
      if (this.#now.has(key)) continue;
      if (mode === 'process') family.remove(withoutProcess(labels));
      if (mode === 'sum') family.labels(labels).dec(value);
      // One of mode `last` is everybody's, and expires when nobody sets it.
    }
  }
}

/** A label `process` gives way to the library's, and gets the name that Prometheus gives to labels of a target that conflict. */
function withoutProcess(labels: Labels): Labels {
  const { process, ...others } = labels;
  if (process === undefined) return labels;
  let name = 'exported_process';
  while (name in others) name = `exported_${name}`;
  return { ...others, [name]: process };
}
