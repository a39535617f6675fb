import { versionLabel, type ExperimentResult } from '../result/experiment-result.js';
import { escapeMarkup } from './escape-markup.js';
import { inconclusiveText } from './decision-words.js';
import { describeSlo } from './report-content.js';
import { measuredText } from './verdict-text.js';

type TestCase = { readonly group: string; readonly name: string; readonly failure?: string };

/** The report as JUnit XML: a test case for each task and for each SLO of each version; an inconclusive SLO fails. */
export function junitReport(result: ExperimentResult): string {
  const cases = [...taskCases(result), ...sloCases(result)];
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const body = cases.map(({ group, name, failure }) => {
    const open = `    <testcase classname="redmeter.${group}" name="${escapeMarkup(name)}"`;
    return failure === undefined ? `${open}/>` : `${open}><failure message="${escapeMarkup(failure)}"/></testcase>`;
  });
  const counts = `tests="${cases.length}" failures="${failures}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${counts}>
  <testsuite name="redmeter" ${counts} timestamp="${escapeMarkup(result.startTime)}">
${body.join('\n')}
  </testsuite>
</testsuites>
`;
}

function taskCases(result: ExperimentResult): TestCase[] {
  const cases = result.tasks.map(({ name, state, reason }, index): TestCase => {
    const label = { group: 'tasks', name: `task ${index + 1}: ${name}` };
    return state === 'failed' ? { ...label, failure: reason ?? 'failed' } : label;
  });
  // A result of Iter8 does not name its tasks.
  if (cases.length > 0) return cases;
  return [
    {
      group: 'tasks',
      name: 'all tasks',
      ...(result.failure ? { failure: result.failureReason ?? 'a task failed' } : {}),
    },
  ];
}

function sloCases({ insights }: ExperimentResult): TestCase[] {
  if (insights === undefined) return [];
  return insights.slos.flatMap((slo, index) =>
    (insights.verdicts[index] ?? []).map((verdict, version): TestCase => {
      const label = {
        group: slo.isGuardRail === true ? 'guard-rails' : 'slos',
        name: `${describeSlo(slo)} (${versionLabel(insights, version)})`,
      };
      if (verdict.state === 'satisfied') return label;
      const measured = measuredText(verdict, slo, insights);
      const value = measured === undefined ? '' : `, got ${measured}`;
      const reason = verdict.reason === undefined ? '' : ` (${inconclusiveText(verdict)})`;
      return { ...label, failure: `${verdict.state}: expected ${describeSlo(slo)}${value}${reason}` };
    }),
  );
}
