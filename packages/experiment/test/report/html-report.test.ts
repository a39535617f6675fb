import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { assess } from '../../src/assess/assess.js';
import type { ChartData } from '../../src/report/charts/chart.js';
import { CHART_SCRIPT } from '../../src/report/charts/chart-script.js';
import { htmlReport } from '../../src/report/html-report.js';
import { junitReport } from '../../src/report/junit-report.js';
import { markdownReport } from '../../src/report/markdown-report.js';
import type { ExperimentResult } from '../../src/result/experiment-result.js';
import { LatencyRecorder } from '../../src/result/latency-summary.js';
import { TimelineRecorder, timelineOf } from '../../src/result/timeline.js';
import { evenly, insightsOf, loadOf } from '../builders/insights.js';

const hostile = '<script>alert("x")</script> & | `';

function judged(): ExperimentResult {
  const timeline = {
    intervalSeconds: 1,
    points: [
      { second: 0, requests: 50, errors: 0, meanMs: 7, maxMs: 10 },
      { second: 1, requests: 50, errors: 2, meanMs: null, maxMs: null },
      { second: 2, requests: 50, errors: 0, meanMs: 8, maxMs: 10 },
    ],
  };
  const insights = assess(
    insightsOf(loadOf(evenly(200, 5, 10), { timeline }), loadOf(evenly(200, 20, 120), { timeline, errors: 2 })),
    [
      { metric: 'built-in/p95', bound: 'upper', limit: 50, confidence: 0.95 },
      { metric: `backend/${hostile}`, bound: 'lower', limit: 1 },
    ],
    { max: [], min: ['built-in/mean-latency'] },
  );
  return {
    startTime: '2026-11-20T12:00:00.000Z',
    numLoops: 1,
    numTasks: 2,
    numCompletedTasks: 2,
    failure: false,
    tasks: [
      { name: 'http', state: 'completed' },
      { name: 'assess', state: 'completed' },
    ],
    insights: {
      ...insights,
      versionNames: ['stable', hostile],
      skippedMetrics: [{ metric: hostile, version: 1, reason: hostile }],
    },
  };
}

describe('the HTML report', () => {
  const html = htmlReport(judged(), `# ${hostile}\n- task: http\n`);

  it('has the verdict first, then conclusions, SLOs, winners, comparisons, charts, metrics, notes and the spec', () => {
    const order = [
      'Not all SLOs are satisfied: 1 violated, 2 inconclusive',
      '>Conclusions<',
      '>SLOs<',
      '>Winners<',
      '>Comparisons<',
      'Latency by percentile',
      'Distribution of latency',
      'Latency during the run',
      'Rate during the run',
      'Errors during the run',
      '>Metrics<',
      '>Notes<',
      '>Experiment<',
    ];
    const places = order.map((text) => html.indexOf(text, html.indexOf('<body>')));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('has units, intervals and the size of effects', () => {
    expect(html).toContain(
      'satisfied</span>: 9.76 (msec)<small>between 9.57 and 9.93 at 95 % (order statistics)</small>',
    );
    expect(html).toMatch(/\+62\.50 \[58\.44, 66\.56 at 95 %\] \(msec\), Hedges&#39; g 3\.03, p &lt; 0\.001/);
  });

  it('is one file whose only script is ours, and takes names for text', () => {
    const own = html.replace(`<script>${CHART_SCRIPT}</script>`, '').replace(/<script type="application\/json">/g, '');
    expect(own).not.toMatch(/<script|<link|<img|src=|@import|https?:|url\(/);
    expect(html).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp;');
    const hash = createHash('sha256').update(CHART_SCRIPT).digest('base64');
    expect(html).toContain(`default-src 'none'; script-src 'sha256-${hash}'; `);
    expect(html).toContain("require-trusted-types-for 'script'; trusted-types 'none'");
    expect(CHART_SCRIPT).not.toMatch(/<\/script|<!--/);
  });

  it('keeps the data of charts inside their elements, whatever names are in them', () => {
    const blocks = [...html.matchAll(/<script type="application\/json">([^]*?)<\/script>/g)];
    expect(blocks.length).toBeGreaterThanOrEqual(6);
    for (const [, json = ''] of blocks) {
      expect(json).not.toContain('<');
      expect(() => JSON.parse(json) as unknown).not.toThrow();
    }
  });

  it('has no script where it has no chart', () => {
    const { insights, ...nothing } = judged();
    expect(insights).toBeDefined();
    expect(htmlReport(nothing)).not.toContain('<script');
  });

  it('draws every version in each chart, and a second without an answer as a gap', () => {
    const charts = html.split('<figure class="chart">').slice(1);
    const titles = charts.map((chart) => /<figcaption>([^<]*)/.exec(chart)?.[1]);
    expect(titles).toEqual([
      ...['built-in/mean-latency', 'built-in/error-rate'],
      ...['Latency by percentile', 'Distribution of latency', 'Latency during the run'],
      ...['Rate during the run', 'Errors during the run'],
    ]);
    const dataOf = (title: string): ChartData => {
      const [, json = ''] =
        /<script type="application\/json">([^]*?)<\/script>/.exec(charts[titles.indexOf(title)] ?? '') ?? [];
      return JSON.parse(json) as ChartData;
    };
    for (const title of titles.slice(2))
      expect(new Set(dataOf(title ?? '').series.map(({ colour }) => colour)).size).toBe(2);
    // A second without an answer is a gap, not a fall to zero.
    expect(dataOf('Latency during the run').series[0]?.points).toEqual([
      [0, 7],
      [1, null],
      [2, 8],
    ]);
    expect(html.replace(CHART_SCRIPT, '')).not.toMatch(/NaN|Infinity/);
  });

  it('of very many requests stays small', () => {
    const recorder = new LatencyRecorder();
    const timeline = new TimelineRecorder();
    for (let request = 0; request < 200_000; request += 1) {
      const latencyMs = 1 + (request % 977) / 3;
      recorder.record(latencyMs);
      timeline.record(request / 2, latencyMs, request % 200 === 0);
    }
    const load = loadOf([], {
      requests: 200_000,
      errors: 1000,
      latency: recorder.summary(),
      timeline: timelineOf(timeline.sums()),
    });
    const text = htmlReport({ ...judged(), insights: assess(insightsOf(load, load), [], { max: [], min: [] }) });
    expect(text.length).toBeLessThan(250_000);
  });
});

describe('the Markdown report', () => {
  it('has the verdict, a table of SLOs and the metrics folded away', () => {
    const markdown = markdownReport(judged());
    expect(markdown).toMatch(/^### Not all SLOs are satisfied/);
    expect(markdown).toContain('| SLO | stable | &lt;script>alert("x")&lt;/script> &amp; \\| \\` |');
    expect(markdown).toContain(
      '| built-in/p95 &lt;= 50 (95 % sure) | ✅ true: 9.76 \\[9.57, 9.93 at 95 %\\] (msec) | ❌ false: 115.17 \\[111.79, 118.65 at 95 %\\] (msec) |',
    );
    expect(markdown).toMatch(/ to stable \| \+62\.50 .* \(msec\), Hedges' g 3\.03, p &lt; 0\.001 \(Welch\) \|/);
    expect(markdown).toMatch(/<details><summary>Metrics<\/summary>\n\n\| Metric \|/);
    expect(markdown).not.toContain('<script');
  });
});

describe('the JUnit report', () => {
  const xml = junitReport(judged());

  it('has a case for each task and each SLO of each version', () => {
    expect(xml).toContain('<testsuites tests="6" failures="3">');
    expect(xml).toContain('<testcase classname="redmeter.tasks" name="task 1: http"/>');
    expect(xml).toContain('<testcase classname="redmeter.slos" name="built-in/p95 &lt;= 50 (95 % sure) (stable)"/>');
    expect(xml).toMatch(
      /<failure message="violated: expected built-in\/p95 &lt;= 50 \(95 % sure\), got 115\.17 \[111\.79, 118\.65 at 95 %\] \(msec\)/,
    );
    expect(xml).toMatch(/<failure message="inconclusive: [^"]+\(no value: no task collected it\)"\/>/);
  });

  it('shows a failed task', () => {
    const failed = junitReport({
      ...judged(),
      failure: true,
      tasks: [{ name: 'run', state: 'failed', reason: 'expected 0, got 7' }],
    });
    expect(failed).toContain('name="task 1: run"><failure message="expected 0, got 7"/></testcase>');
  });
});
