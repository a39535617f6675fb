import type { Insights } from '../result/experiment-result.js';
import type { SloVerdict } from '../result/slo-verdict.js';
import type { Slo } from '../result/slo.js';

/** SLOs under one title, each with its verdicts by version. */
export type SloSection = {
  readonly title: 'SLOs' | 'Guard rails';
  readonly slos: readonly { readonly slo: Slo; readonly verdicts: readonly SloVerdict[] }[];
};

/** The SLOs and the guard rails of a result; a title without any is left out. */
export function sloSections({ slos, verdicts }: Insights): SloSection[] {
  const judged = slos.map((slo, index) => ({ slo, verdicts: verdicts[index] ?? [] }));
  const sections: SloSection[] = [
    { title: 'SLOs', slos: judged.filter(({ slo }) => slo.isGuardRail !== true) },
    { title: 'Guard rails', slos: judged.filter(({ slo }) => slo.isGuardRail === true) },
  ];
  return sections.filter((section) => section.slos.length > 0);
}
