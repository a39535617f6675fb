import { beforeEach, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { openMetricsStore } from '../../src/store/open-metrics-store.js';
import { makeCommandFolder, type CommandFolder } from './command-run.js';

let folder: CommandFolder;
let storeHome: CommandFolder;

beforeEach(() => {
  storeHome = makeCommandFolder();
  folder = makeCommandFolder({ METRICS_EMBEDDED_FOLDER: join(storeHome.path, 'store') });
});

/** Sets two versions and writes the values 1, 2, 3, … of as many users. */
async function fillShop(users: number): Promise<void> {
  expect(await folder.run('abn', 'versions', 'shop', 'v1=80', 'v2=20@9f2c')).toEqual({
    code: 0,
    out: 'v1\t80 %\nv2\t20 %\t9f2c\n',
    err: '',
  });
  for (let user = 1; user <= users; user += 1) {
    for (const transaction of ['t', 't']) {
      const { code } = await folder.run(
        ...['abn', 'write', 'shop', `user ${user}`, 'spent', String(user), '--transaction', transaction],
      );
      expect(code).toBe(0);
    }
  }
}

it('prints JSON for machines', async () => {
  const json = async (...argv: string[]): Promise<unknown> =>
    JSON.parse((await folder.run('abn', ...argv, '--json')).out) as unknown;
  expect(await json('list')).toEqual([]);
  const versions = [{ version: 'v1', signature: '9f2c', weight: 80 }];
  expect(await json('versions', 'shop', 'v1=80@9f2c')).toEqual(versions);
  expect(await json('versions', 'shop')).toEqual(versions);
  expect(await json('lookup', 'shop', 'ann')).toEqual({ version: 'v1', signature: '9f2c' });
  expect(await json('list')).toEqual(['shop']);
});

it('sends users to versions, takes their values once each, and shows them side by side', async () => {
  await fillShop(12);
  const versions = await Promise.all(
    Array.from({ length: 12 }, async (_, n) => (await folder.run('abn', 'lookup', 'shop', `user ${n + 1}`)).out.trim()),
  );
  expect(new Set(versions)).toEqual(new Set(['v1', 'v2']));
  const usersOf = (version: string): number[] =>
    versions.flatMap((name, index) => (name === version ? [index + 1] : []));
  const shown = (await folder.run('abn', 'show', 'shop')).out;
  expect(shown).toMatch(/ shop\|v1 *\|v2@9f2c\n/);
  expect(shown).toMatch(new RegExp(` users\\|${usersOf('v1').length} *\\|${usersOf('v2').length}\n`));
  expect(shown).toMatch(
    new RegExp(`spent over users, max\\|${Math.max(...usersOf('v1'))} *\\|${Math.max(...usersOf('v2'))}\n`),
  );
  const [first] = JSON.parse((await folder.run('abn', 'show', 'shop', '--json')).out) as {
    metrics: { spent: { overTransactions: { count: number } } };
  }[];
  expect(first?.metrics.spent.overTransactions.count).toBe(usersOf('v1').length);
  expect((await folder.run('abn', 'list')).out).toBe('shop\n');
  expect((await folder.run('abn', 'rm', 'shop')).out).toBe('removed shop\n');
  const gone = await folder.run('abn', 'show', 'shop');
  expect([gone.code, gone.err]).toEqual([
    2,
    'redmeter: expected an application whose versions are set, one of none yet, got "shop"\n',
  ]);
});

it('takes a negative value, which is no flag', async () => {
  await folder.run('abn', 'versions', 'shop', 'v1=1');
  expect(await folder.run('abn', 'write', 'shop', 'ann', 'balance', '-2.5')).toEqual({ code: 0, out: '', err: '' });
  expect((await folder.run('abn', 'show', 'shop')).out).toMatch(/balance over users, mean\|-2\.50\n/);
});

it.each([
  [
    ['abn', 'versions', 'shop', 'v1'],
    'expected <version>=<weight>[@<signature>], such as v2=20 or v2=20@9f2c1, got "v1"',
  ],
  [['abn', 'versions', 'shop', 'v1=0'], 'expected at least one version with a weight above 0, got v1=0'],
  [['abn', 'versions', 'shop', 'v1=1', 'v1=2'], 'expected each version once, got "v1" twice'],
  [['abn', 'write', 'shop', 'ann', 'spent', 'much'], 'expected the value to be a number, got "much"'],
  [
    ['abn', 'write', 'shop', 'ann', 'spent', 'Infinity'],
    'expected a value of spent from -1e+100 to 1e+100, got Infinity',
  ],
])('refuses %j', async (argv, message) => {
  expect(await folder.run(...argv)).toEqual({ code: 2, out: '', err: `redmeter: ${message}\n` });
});

it('an experiment judges versions by them, and names the winner', async () => {
  await fillShop(12);
  await folder.write(
    'experiment.yaml',
    `- task: abnmetrics
  with: {application: shop}
- task: assess
  with:
    SLOs: {lower: [{metric: abn/user-count, limit: 1}, {metric: abn/spent/user-mean, limit: 1}]}
    rewards: {max: [abn/spent/max], winner: point}
`,
  );
  const run = await folder.run('run');
  expect([run.code, run.err]).toEqual([0, expect.any(String)]);
  expect((await folder.run('assert', '-c', 'slos')).code).toBe(0);
  const report = (await folder.run('report')).out;
  const { out } = await folder.run('abn', 'lookup', 'shop', 'user 12');
  expect(report).toMatch(/abn\/spent\/user-stddev/);
  // User 12 spent most.
  expect(report).toMatch(new RegExp(`abn/spent/max.*${out.trim()}`));
});

it('an experiment reports which version has no value of a metric, and satisfies no SLO on it', async () => {
  await folder.run('abn', 'versions', 'shop', 'v1=1', 'v2=0');
  await folder.run('abn', 'write', 'shop', 'ann', 'spent', '3');
  const spec = (versions: string): string => `- task: abnmetrics
  with: {application: shop${versions}}
- task: assess
  with: {SLOs: {lower: [{metric: abn/spent/mean, limit: 1}]}}
`;
  await folder.write('experiment.yaml', spec(''));
  expect((await folder.run('run')).code).toBe(0);
  expect((await folder.run('assert', '-c', 'slosby=0')).code).toBe(0);
  expect((await folder.run('assert', '-c', 'slosby=1')).code).toBe(1);
  expect((await folder.run('report')).out).toContain('no transaction of this version gave it a value');
  await folder.write('experiment.yaml', spec(', versions: [v3]'));
  const wrong = await folder.run('run');
  expect([wrong.code, wrong.err]).toEqual([
    3,
    expect.stringContaining('expected versions of shop to be among v1, v2, got "v3"; did you mean v1?'),
  ]);
});

it('an experiment compares what users bring by version, and judges with confidence', async () => {
  const store = await openMetricsStore({}, { METRICS_EMBEDDED_FOLDER: join(storeHome.path, 'store') });
  // Hours of sleep gained (Student, Biometrika 6, 1908, p. 20), as R's t.test(extra ~ group, data = sleep) prints them:
  // t = -1.8608, df = 17.776, p-value = 0.07939, 95 percent confidence interval -3.3654832 to 0.2054832.
  const hours = {
    v1: [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    v2: [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
  };
  const versions = Object.keys(hours).map((version) => ({ version, signature: '', weight: 1 }));
  await store.setVersions('sleep', versions);
  await Promise.all(
    Object.entries(hours).flatMap(([version, values]) =>
      values.flatMap((value, user) =>
        // Two transactions of each user: the user is what was drawn, and counts once.
        ['first', 'second'].map((transaction) =>
          store.writeMetric({
            application: 'sleep',
            user: `${version} ${user}`,
            metric: 'hours',
            value: value / 2,
            transaction,
            build: { version, signature: '' },
          }),
        ),
      ),
    ),
  );
  await store.close();
  await folder.write(
    'experiment.yaml',
    `- task: abnmetrics
  with: {application: sleep}
- task: assess
  with:
    SLOs:
      lower:
        - {metric: abn/hours/user-mean, limit: 0.8, confidence: 0.95}
        - {metric: abn/hours/mean, limit: 0, confidence: 0.95}
`,
  );
  expect((await folder.run('run')).code).toBe(0);
  const { out } = await folder.run('report');
  expect(out).toMatch(
    /abn\/hours\/user-mean.*\|\+1\.58 \[-0\.21, 3\.37 at 95 %\], Hedges' g 0\.80, p = 0\.079 \(Welch\)/,
  );
  expect(out).toMatch(
    /abn\/hours\/user-mean >= 0\.8 \(95 % sure\)\|inconclusive \[-0\.53, 2\.03 at 95 %\]\|true \[0\.90, 3\.76 at/,
  );
  // By the delta method, users being the units: half of what they bring in two transactions each.
  expect(out).toMatch(
    /abn\/hours\/mean >= 0 \(95 % sure\)\|inconclusive \[-0\.26, 1\.01 at 95 %\]\|true \[0\.45, 1\.88 at/,
  );
});
