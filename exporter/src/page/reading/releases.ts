import type { ReleaseState } from '../../../page/src/protocol.js';
import type { ShownFamily } from '../../series/shown-family.js';
import { labelledValues, labelValue } from './labelled-values.js';

/** Releases that are listed. */
const MAX_RELEASES = 20;
const MAX_VERSIONS = 20;

const WEIGHT = 'redmeter_release_weight_percent';
const STATE = 'redmeter_release_state';
const STEP = 'redmeter_release_step';
const STEPS = 'redmeter_release_steps';

/** The releases that are published, by the names of their applications. */
export function releaseStates(byName: ReadonlyMap<string, ShownFamily>): ReleaseState[] {
  const weights = new Map<string, [version: string, percent: number][]>();
  for (const { labels, value } of labelledValues(byName.get(WEIGHT))) {
    const application = labelValue(labels, 'application') ?? '';
    const known = weights.get(application) ?? [];
    if (Number.isFinite(value)) known.push([labelValue(labels, 'version') ?? '', value]);
    weights.set(application, known);
  }
  const states = new Map<string, string>();
  for (const { labels, value } of labelledValues(byName.get(STATE))) {
    if (value === 1) states.set(labelValue(labels, 'application') ?? '', labelValue(labels, 'state') ?? '');
  }
  const [step, steps] = [STEP, STEPS].map((name) => valuesByApplication(byName.get(name)));
  return [...weights]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .slice(0, MAX_RELEASES)
    .map(([application, versions]) => ({
      application,
      state: states.get(application) ?? '',
      step: step?.get(application) ?? 0,
      steps: steps?.get(application) ?? 0,
      weights: versions.slice(0, MAX_VERSIONS),
    }));
}

function valuesByApplication(family: ShownFamily | undefined): ReadonlyMap<string, number> {
  return new Map(
    Array.from(
      labelledValues(family),
      ({ labels, value }) => [labelValue(labels, 'application') ?? '', value] as const,
    ),
  );
}
