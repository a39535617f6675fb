import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Insights } from '../../../src/result/experiment-result.js';
import { parseResult } from '../../../src/spec/result-text.js';
import { makeCommandFolder, type CommandFolder } from '../../cli/command-run.js';
import { startHttpServer, type HttpTestServer } from '../../servers/http-test-server.js';

let folder: CommandFolder;
let server: HttpTestServer;
/** What the back end knows of each version. */
let known: Record<string, unknown>;

beforeEach(async () => {
  folder = makeCommandFolder();
  server = await startHttpServer((request, response) => {
    response.end(JSON.stringify(known[new URL(request.url ?? '', 'http://backend').pathname.slice(1)] ?? {}));
  });
  await folder.write(
    'shop.tpl',
    `url: ${server.url}/{{ .version }}
metrics:
  - { name: errors, jqExpression: '{count: .errors, of: .requests}' }
  - { name: latency, units: msec, jqExpression: '{buckets: .buckets}' }
`,
  );
});

afterEach(async () => {
  await server.close();
});

async function judge(slos: string, ...flags: string[]): Promise<Insights> {
  await folder.write(
    'experiment.yaml',
    `- task: collect-metrics
  with: {templates: {shop: shop.tpl}, versionValues: [{version: v1}, {version: v2}]}
- task: assess
  with: {guardRails: {upper: [${slos}]}}
`,
  );
  expect((await folder.run('run', ...flags)).code).toBe(0);
  const { insights } = parseResult(await readFile(join(folder.path, 'result.yaml'), 'utf8'), 'result.yaml');
  if (insights === undefined) throw new Error('expected insights');
  return insights;
}

const states = ({ verdicts }: Insights): string[][] => verdicts.map((byVersion) => byVersion.map(({ state }) => state));
const buckets = (...counts: number[]): [string, number][] =>
  counts.map((count, index) => [['10', '20', '40', '+Inf'][index] ?? '', count]);

describe('counts and histograms of a back end', () => {
  const errors = '{metric: shop/errors, against: baseline, worse: 0.01}';
  const p90 = '{metric: shop/latency/p90, against: baseline, worse: 60%}';
  const fixed = '{metric: shop/latency/p50, limit: 20, confidence: 0.95}';

  it('are judged against the baseline and by fixed limits, with confidence', async () => {
    known = {
      v1: { errors: 20, requests: 4000, buckets: buckets(2000, 3900, 3990, 4000) },
      v2: { errors: 22, requests: 4000, buckets: buckets(1990, 3890, 3990, 4000) },
    };
    const insights = await judge([errors, p90, fixed].join(', '));
    expect(states(insights)).toEqual([
      ['satisfied', 'satisfied'],
      ['satisfied', 'inconclusive'],
      ['satisfied', 'satisfied'],
    ]);
    expect(insights.metricValues[0]).toMatchObject({ 'shop/errors': 0.005, 'shop/latency/count': 4000 });
    const report = (await folder.run('report')).out;
    expect(report).toMatch(/Guard rails\|/);
    expect(report).toMatch(/shop\/errors <= baseline \+ 0\.01 \(95 % sure\)\|true *\|true \+0\.0005 \[/);
    expect(report).toMatch(/shop\/latency\/p50 <= 20 \(95 % sure\)\|true \[0\.00, 20\.00 at 95 %\] \(msec\)/);
    expect((await folder.run('report', '-o', 'junit')).out).toContain('classname="redmeter.guard-rails"');
  });

  it('of a version that is worse are violated, and those of an earlier loop give way', async () => {
    known = {
      v1: { errors: 20, requests: 4000, buckets: buckets(2000, 3900, 3990, 4000) },
      v2: { errors: 400, requests: 4000, buckets: buckets(100, 200, 900, 4000) },
    };
    expect(states(await judge([errors, p90].join(', ')))).toEqual([
      ['satisfied', 'violated'],
      ['satisfied', 'violated'],
    ]);
    known = { v1: known['v1'], v2: { errors: 20, requests: 4000 } };
    const { metricValues, metricSamples, verdicts } = await judge([errors, p90].join(', '), '--reuse-result');
    expect(Object.keys(metricValues[1] ?? {})).toEqual(['shop/errors']);
    expect(Object.keys(metricSamples?.[1] ?? {})).toEqual(['shop/errors']);
    expect(verdicts[1]?.[1]).toMatchObject({ state: 'inconclusive', reason: expect.stringContaining('no value') });
  });
});
