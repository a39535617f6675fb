import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExperimentResult } from '../../../src/result/experiment-result.js';
import { parseResult } from '../../../src/spec/result-text.js';
import { openMetricsStore } from '../../../src/store/open-metrics-store.js';
import { startHttpServer, type HttpTestServer } from '../../servers/http-test-server.js';
import { makeCommandFolder, type CommandFolder } from '../command-run.js';

let folder: CommandFolder;
let storeHome: CommandFolder;
let server: HttpTestServer;
let isFailing = false;

beforeEach(async () => {
  isFailing = false;
  storeHome = makeCommandFolder();
  folder = makeCommandFolder({ METRICS_EMBEDDED_FOLDER: join(storeHome.path, 'store') });
  server = await startHttpServer((_request, response) => {
    response.statusCode = isFailing ? 500 : 200;
    response.end('ok');
  });
});

afterEach(async () => {
  await server.close();
});

async function storedResult(): Promise<ExperimentResult> {
  return parseResult(await readFile(join(folder.path, 'result.yaml'), 'utf8'), 'result.yaml');
}

describe('looks', () => {
  const spec = (assess: string): string => `- task: http
  with: {url: ${server.url}, qps: 0, numRequests: 100}
- task: assess
  with:
    SLOs: {upper: [{metric: built-in/error-rate, limit: 0.02, confidence: 0.95}]}
${assess}`;

  it('of a loop hold at every look, and the loop ends when the verdict is certain', async () => {
    await folder.write('experiment.yaml', spec('    stop: early\n'));
    const { code, err } = await folder.run('run', '--loops', '20');
    expect(code).toBe(0);
    expect(err).toMatch(/the verdict is certain since look \d+: stop: early ends the loop here\n/);
    const { insights, numLoops } = await storedResult();
    expect(insights?.verdicts[0]?.[0]).toMatchObject({ state: 'satisfied', interval: { isForEveryLook: true } });
    expect(insights?.looks).toMatchObject({
      count: numLoops,
      validity: 'every look',
      plannedSizes: [{ 'built-in': 2000 }],
    });
    expect(numLoops).toBeLessThan(20);
    expect(insights?.looks?.history.at(0)?.verdicts[0]?.[0]?.state).toBe('inconclusive');
    expect((await folder.run('assert', '-c', 'decided')).code).toBe(0);
    // What is certain is not measured again.
    const again = await folder.run('run', '--reuse-result');
    expect([again.code, again.err]).toEqual([0, expect.stringContaining('the verdict is certain')]);
    expect((await storedResult()).numLoops).toBe(numLoops);
    expect((await folder.run('report')).out).toContain(
      `This is look ${numLoops} at these data; intervals and p values hold`,
    );
  });

  it('end a loop as soon as a violation is certain', async () => {
    isFailing = true;
    await folder.write('experiment.yaml', spec('    stop: early\n'));
    await folder.run('run', '--loops', '5');
    expect((await storedResult()).numLoops).toBe(1);
    expect((await folder.run('assert', '-c', 'decided,slos')).code).toBe(1);
  });

  it('that were not announced are reported, and do not use intervals for one look', async () => {
    await folder.write('experiment.yaml', spec(''));
    await folder.run('run');
    expect((await storedResult()).insights?.looks).toMatchObject({ count: 1, validity: 'one look' });
    await folder.run('run', '--reuse-result');
    expect((await storedResult()).insights?.looks).toMatchObject({
      count: 2,
      validity: 'every look',
      earlierOneLooks: 1,
    });
    const { out } = await folder.run('report');
    expect(out).toContain('An earlier look was judged as if it were the only one');
  });

  it('are announced by the task', async () => {
    await folder.write('experiment.yaml', spec('    looks: 4\n'));
    await folder.run('run');
    expect((await storedResult()).insights?.looks).toMatchObject({
      validity: 'every look',
      plannedSizes: [{ 'built-in': 400 }],
    });
  });

  it('are announced by an experiment that judges again after it has measured more', async () => {
    await folder.write('experiment.yaml', `${spec('')}${spec('')}`);
    await folder.run('run');
    expect((await storedResult()).insights?.looks?.validity).toBe('every look');
  });

  it('are as many as --loops, which must be a number', async () => {
    await folder.write('experiment.yaml', spec(''));
    await folder.run('run', '--loops', '3');
    expect((await storedResult()).insights?.loads[0]?.['built-in']?.requests).toBe(300);
    expect(await folder.run('run', '--loops', '0')).toMatchObject({
      code: 2,
      err: 'redmeter: expected --loops to be a whole number from 1 to 999999, got "0"\n',
    });
  });
});

it('two versions that are the same server have no winner, and the report shows what would decide', async () => {
  await folder.write(
    'experiment.yaml',
    `- task: http
  with: {qps: 0, numRequests: 200, versionInfo: [{url: "${server.url}"}, {url: "${server.url}"}]}
- task: assess
  with: {rewards: {min: [http/error-rate]}}
`,
  );
  expect((await folder.run('run')).code).toBe(0);
  const { out } = await folder.run('report');
  expect(out).toMatch(
    /min http\/error-rate\|no winner: the difference to version 1 may be chance; version 0 is ahead: 0 \[/,
  );
  const markdown = (await folder.run('report', '-o', 'markdown')).out;
  expect(markdown).toContain('no winner');
  expect((await folder.run('report', '-o', 'html')).out).toContain(
    'no winner: the difference to version 1 may be chance',
  );
});

describe('an A/B test', () => {
  /** Writes what users spend: by version the values, and how many further users have none. */
  async function fill(
    byVersion: Readonly<Record<string, { values: readonly number[]; without: number }>>,
  ): Promise<void> {
    const store = await openMetricsStore({}, { METRICS_EMBEDDED_FOLDER: join(storeHome.path, 'store') });
    await store.setVersions(
      'shop',
      Object.keys(byVersion).map((version) => ({ version, signature: '', weight: 50 })),
    );
    const writes = Object.entries(byVersion).flatMap(([version, { values, without }]) => {
      const build = { version, signature: '' };
      const write = (user: number, metric: string, value: number) => ({
        ...{ application: 'shop', user: `${version} ${user}`, metric, value, transaction: 't', build },
      });
      return [
        ...values.map((value, user) => write(user, 'spent', value)),
        ...Array.from({ length: without }, (_, user) => write(values.length + user, 'visits', 1)),
      ];
    });
    for (let next = 0; next < writes.length; next += 200) {
      await Promise.all(writes.slice(next, next + 200).map((each) => store.writeMetric(each)));
    }
    await store.close();
  }

  const spec = (rewards: string): string => `- task: abnmetrics
  with: {application: shop}
- task: assess
  with: {rewards: {max: [${rewards}]}}
`;

  it('has no winner while one version loses the metric of its poorest users', async () => {
    // 405 of 572 users have a value, those who spent most; in the other version all 595 have one.
    const spent = (count: number): number[] => Array.from({ length: count }, (_, user) => 1 + ((user * 37) % 100));
    const poorestLost = spent(572)
      .sort((one, other) => other - one)
      .slice(0, 405);
    await fill({ v1: { values: spent(595), without: 0 }, v2: { values: poorestLost, without: 167 } });
    await folder.write('experiment.yaml', spec('abn/spent/user-mean'));
    expect((await folder.run('run')).code).toBe(0);
    const { insights } = await storedResult();
    expect(insights?.rewards[0]).toMatchObject({ winner: null });
    expect(insights?.checks?.filter(({ holds }) => !holds).map(({ kind, metric }) => [kind, metric])).toContainEqual([
      'attrition',
      'spent',
    ]);
    const { out } = await folder.run('report');
    expect(out).toMatch(
      /no winner: spent has a value of 595 of 595 and 405 of 572 users by version: attrition differs \(p < 0\.001\)/,
    );
    // The better estimate is no winner on such data either.
    await folder.write('experiment.yaml', spec('abn/spent/user-mean').replace('}}', ', winner: point}}'));
    await folder.run('run');
    expect((await storedResult()).insights?.rewards[0]?.winner).toBeNull();
  });

  it('that is judged again in the same folder is a further look, since its users are still there', async () => {
    const values = Array.from({ length: 60 }, (_, user) => 1 + ((user * 37) % 60));
    await fill({ v1: { values, without: 0 }, v2: { values: values.map((value) => value + 1), without: 0 } });
    await folder.write('experiment.yaml', spec('abn/spent/user-mean'));
    await folder.run('run');
    expect((await storedResult()).insights?.looks).toMatchObject({ count: 1, validity: 'one look' });
    await folder.run('run');
    expect((await storedResult()).insights?.looks).toMatchObject({
      count: 2,
      validity: 'every look',
      earlierOneLooks: 1,
    });
  });

  it('refuses a covariate or a ratio of a metric without values', async () => {
    await fill({ v1: { values: [1, 2], without: 1 }, v2: { values: [2, 3], without: 1 } });
    const wrong = async (inputs: string): Promise<string> => {
      await folder.write('experiment.yaml', `- task: abnmetrics\n  with: {application: shop, ${inputs}}\n`);
      return (await folder.run('run')).err;
    };
    expect(await wrong('covariates: {spent: visit}')).toContain(
      'expected covariates.spent to name a metric of shop, one of spent, visits, got "visit"; did you mean visits?',
    );
    expect(await wrong('ratios: {per-visit: {of: spend, per: visits}}')).toContain('expected ratios.per-visit.of');
  });

  it('adjusts by what users did before, and shows how much that explains', async () => {
    const store = await openMetricsStore({}, { METRICS_EMBEDDED_FOLDER: join(storeHome.path, 'store') });
    await store.setVersions(
      'shop',
      ['v1', 'v2'].map((version) => ({ version, signature: '', weight: 1 })),
    );
    for (const [index, version] of ['v1', 'v2'].entries()) {
      const build = { version, signature: '' };
      for (let user = 0; user < 80; user += 1) {
        const before = 10 + ((user * 29) % 80);
        const spent = before + ((user * 13) % 7) + 2 * index;
        const common = { application: 'shop', user: `${version} ${user}`, transaction: 't', build };
        await store.writeMetric({ ...common, metric: 'before', value: before });
        await store.writeMetric({ ...common, metric: 'spent', value: spent });
      }
    }
    await store.close();
    await folder.write('experiment.yaml', spec('abn/spent/user-mean'));
    await folder.run('run');
    expect((await storedResult()).insights?.rewards[0]?.winner).toBeNull();
    await folder.write(
      'experiment.yaml',
      spec('abn/spent/user-mean').replace('application: shop', 'application: shop, covariates: {spent: before}'),
    );
    await folder.run('run');
    expect((await storedResult()).insights?.rewards[0]).toMatchObject({
      winner: 1,
      comparisons: [{ effect: expect.closeTo(2, 1), adjustment: { covariate: 'before' } }],
    });
    expect((await folder.run('report')).out).toMatch(/before explains 9\d(\.\d+)? % of the variance/);
  });
});
