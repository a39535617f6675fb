import { readGaps, readRecorded, type Gap, type Recorded, type SeriesSnapshot } from '@redmeter/metric-reader';
import { jqValue, type JqValue } from './jq-value.js';
import { samplesJson } from './redis-backend.js';

const MAX_NAMED_GAPS = 3;
const MAX_TRIED_GAPS = 20;

/** What an application recorded during a part of a run, as an answer that expressions are asked of. */
export class RecordedAnswer {
  /** As expressions are given it. */
  readonly json: string;
  readonly #recorded: Recorded;
  readonly #end: SeriesSnapshot;

  constructor(recorded: Recorded, end: SeriesSnapshot) {
    this.#recorded = recorded;
    this.#end = end;
    this.json = samplesJson(readRecorded(recorded, end));
  }

  /** What an expression finds; it fails where that depends on data that are missing. */
  async value(expression: string): Promise<JqValue> {
    const found = await jqValue(this.json, expression);
    const { gaps } = this.#recorded;
    if (found.kind === 'failed' || gaps.length === 0 || !(await this.#dependsOn(gaps, found, expression))) return found;
    const named: string[] = [];
    for (const gap of gaps.slice(0, MAX_TRIED_GAPS)) {
      if (named.length < MAX_NAMED_GAPS && (await this.#dependsOn([gap], found, expression))) named.push(gap.reason);
    }
    const reasons = named.length === 0 ? gaps.slice(0, MAX_NAMED_GAPS).map(({ reason }) => reason) : named;
    return { kind: 'failed', reason: `data of this run are missing: ${[...new Set(reasons)].join('; ')}` };
  }

  async #dependsOn(gaps: readonly Gap[], found: JqValue, expression: string): Promise<boolean> {
    const known = JSON.stringify(found);
    if (gaps.some(({ key }) => key === undefined)) {
      // A series may be missing of which nothing is left, so only what gauges say is known.
      const withoutGauges = readRecorded(this.#recorded, { ...this.#end, entries: new Map() });
      if (JSON.stringify(await jqValue(samplesJson(withoutGauges), expression)) === known) return true;
    }
    for (const reading of readGaps(this.#recorded, gaps, this.#end)) {
      if (JSON.stringify(await jqValue(samplesJson(reading), expression)) !== known) return true;
    }
    return false;
  }
}
