import { describe, expect, it } from '@jest/globals';
import { assess } from '../../src/assess/assess.js';
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
    insights: { ...insights, versionNames: ['stable', hostile] },
  };
}

describe('the HTML report', () => {
  const html = htmlReport(judged(), `# ${hostile}\n- task: http\n`);

  it('has the verdict first, then SLOs, metrics, winners, comparisons, charts, notes and the spec', () => {
    const order = [
      'Not all SLOs are satisfied',
      '>SLOs<',
      '>Metrics<',
      '>Winners<',
      '>Comparisons<',
      'Distribution of latency',
      'Latency by percentile',
      'Mean latency during the run',
      'Errors during the run',
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

  it('needs no network and no script, and lets nothing be smuggled in', () => {
    expect(html).not.toMatch(/<script|<link|<img|src=|@import|https?:|url\(/);
    expect(html).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp;');
    expect(html).toContain("default-src 'none'");
  });

  it('draws one line a version in each chart', () => {
    const charts = html.split('<figure>').slice(1);
    expect(charts).toHaveLength(4);
    for (const chart of charts) expect(chart.match(/class="line/g)).toHaveLength(2);
    // A second without an answer is a gap, not a fall to zero.
    const overTime = charts.find((chart) => chart.includes('Mean latency during the run')) ?? '';
    expect(/d="([^"]+)"/.exec(overTime)?.[1]?.match(/M/g)).toHaveLength(2);
    expect(html).not.toContain('NaN');
    expect(html).not.toContain('Infinity');
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
    expect(text.length).toBeLessThan(200_000);
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

  it('tells a failed task', () => {
    const failed = junitReport({
      ...judged(),
      failure: true,
      tasks: [{ name: 'run', state: 'failed', reason: 'expected 0, got 7' }],
    });
    expect(failed).toContain('name="task 1: run"><failure message="expected 0, got 7"/></testcase>');
  });
});
