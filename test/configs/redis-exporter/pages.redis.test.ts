import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadVectors } from '../../../packages/metric-reader/test/vectors.js';
import { runScript, settingArguments } from './script.js';
import { storeKeys } from './store-keys.js';

const server = useRedisServer();
const NOW_MS = 1_763_600_000_000;
const TIMES = `"created":${NOW_MS - 60_000},"timestamp":${NOW_MS - 1000}`;

function isOwn(series: string): boolean {
  return series.startsWith('redmeter_') && !/^redmeter_(writer|experiment|release)_/.test(series);
}

/** The series of an answer in pairs, without the reader's own. @throws Error when one stands there twice */
function seriesOf(...answers: readonly (readonly string[])[]): Map<string, string> {
  const series = new Map<string, string>();
  for (const answer of answers) {
    for (let i = 0; i < answer.length; i += 2) {
      const [name = '', value = ''] = answer.slice(i, i + 2);
      if (isOwn(name)) continue;
      if (series.has(name)) throw new Error(`expected each series once, got ${name} again`);
      series.set(name, value);
    }
  }
  return series;
}

async function pagesOf(pages: number, ...settings: readonly string[]): Promise<string[][]> {
  const answers: string[][] = [];
  for (let page = 1; page <= pages; page += 1) {
    answers.push(await runScript(server.client, ['pairs', `page=${page}`, `pages=${pages}`, ...settings]));
  }
  return answers;
}

function sorted(series: ReadonlyMap<string, string>): (readonly [string, string])[] {
  return [...series].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The value of one of the reader's own series, added up over the pages. */
function ownSum(answers: readonly (readonly string[])[], name: string, label = ''): number {
  let sum = 0;
  for (const answer of answers) {
    for (let i = 0; i < answer.length; i += 2) {
      const series = answer[i] ?? '';
      if (series.startsWith(`${name}{`) && series.includes(label)) sum += Number(answer[i + 1]);
    }
  }
  return sum;
}

/** Keys of all types and label sets, entered in the index as the library does. */
async function storeMany(count: number): Promise<void> {
  const pipeline = server.client.pipeline();
  pipeline.flushall();
  pipeline.set('metrics-meta:dataset', '{"format":1,"id":"d","shards":1}');
  for (let i = 0; i < count; i += 1) {
    const [key, value] = storedSeries(i);
    pipeline.set(key, value);
    pipeline.zadd('metrics-meta:live', NOW_MS + 60_000, key);
  }
  for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
}

function storedSeries(i: number): [key: string, value: string] {
  switch (i % 6) {
    case 0:
      return [`metrics:counter:one_label:user=u${i}`, `{"type":"counter","value":${i},${TIMES}}`];
    case 1:
      return [`metrics:counter:labels:a=1,b=x y,path=/a/${i}`, `{"type":"counter","value":${i}.5,${TIMES}}`];
    case 2:
      return [
        `metrics:gauge:g_${i % 100}:e=%25é${i}`,
        `{"type":"gauge","mode":"last","value":-${i},"timestamp":${NOW_MS}}`,
      ];
    case 3:
      return [`metrics:counter:bare_${i}`, `${i}`];
    case 4:
      return [`metrics:counter:five:a=1,b=2,c=3,d=4,e=${i}`, `{"type":"counter","value":1e21,${TIMES}}`];
    default:
      return [
        `metrics:histogram:took_ms:i=${i}`,
        `{"type":"histogram","count":3,"sum":7,"bounds":[1,5],"counts":[1,2,0],${TIMES}}`,
      ];
  }
}

describe('pages of the script', () => {
  it.each([2, 4, 8, 16, 32, 64])('%i of them together are what one script answers', async (pages) => {
    await storeMany(4500);
    const settings = [`now_ms=${NOW_MS}`, 'max_series=4500'];
    const whole = seriesOf(await runScript(server.client, ['pairs', ...settings]));
    expect(whole.size).toBe(5 * 750 + 750 * 8);
    const answers = await pagesOf(pages, ...settings);
    expect(sorted(seriesOf(...answers))).toEqual(sorted(whole));
    expect(ownSum(answers, 'redmeter_series')).toBe(4500);
    expect(ownSum(answers, 'redmeter_series', 'type="histogram"')).toBe(750);
    expect(answers.filter((answer) => seriesOf(answer).size > 0)).toHaveLength(pages);
    const largest = Math.max(...answers.map((answer) => ownSum([answer], 'redmeter_series')));
    expect(largest).toBeLessThan(2 * (4500 / pages) + 50);
  });

  it.each([4, 32])('%i of them read the indexes of a large database alike', async (pages) => {
    await storeMany(4500);
    // Announced by a writer without the merge script: one of them is in the index, too.
    await server.client.set('metrics:counter:announced', '1');
    await server.client.sadd('metrics-meta:keys', 'metrics:counter:announced', 'metrics:counter:bare_3');
    const settings = [`now_ms=${NOW_MS}`, 'scan_limit=0', 'max_series=5000'];
    const whole = seriesOf(await runScript(server.client, ['pairs', ...settings]));
    expect(whole.get('announced')).toBe('1');
    const answers = await pagesOf(pages, ...settings);
    expect(sorted(seriesOf(...answers))).toEqual(sorted(whole));
    expect(ownSum(answers, 'redmeter_scan_disabled')).toBe(pages);
  });

  it('show what stays each time, while keys come and go and the tables of Redis grow and shrink', async () => {
    await storeMany(1800);
    const stays = seriesOf(await runScript(server.client, ['pairs', `now_ms=${NOW_MS}`]));
    for (let round = 0; round < 12; round += 1) {
      const answers: string[][] = [];
      // As many keys as have no other number of parts, so that only the tables change.
      for (let page = 1; page <= 16; page += 1) {
        const passing = Array.from(
          { length: 60 },
          (_, i) => `metrics:counter:passing:i=${(page * 60 + i + round * 997) % 5000}`,
        );
        const pipeline = server.client.pipeline();
        for (const key of passing) if (round % 3 === 2) pipeline.del(key);
        for (const key of passing) if (round % 3 !== 2) pipeline.set(key, '1');
        await pipeline.exec();
        answers.push(
          await runScript(server.client, ['pairs', `page=${page}`, 'pages=16', `now_ms=${NOW_MS}`, 'max_series=8000']),
        );
      }
      const shown = seriesOf(...answers);
      expect([...stays.keys()].filter((series) => shown.get(series) !== stays.get(series))).toEqual([]);
    }
  });

  it.each([
    ['another order of labels', 'metrics:counter:one_label:z=1,user=u0', 'metrics:counter:one_label:user=u0,z=1'],
    ['another encoding', 'metrics:counter:one_label:user=%75x', 'metrics:counter:one_label:user=ux'],
    ['a value that should be encoded', 'metrics:counter:one_label:user=a:b', 'metrics:counter:one_label:user=a%3Ab'],
    ['an empty label', 'metrics:counter:one_label:a=,user=y', 'metrics:counter:one_label:user=y'],
    ['a tag', 'metrics:{1}:counter:one_label:user=t', 'metrics:counter:one_label:user=t'],
  ])('never show a series twice whose key has %s', async (_, odd, usual) => {
    await storeMany(1800);
    await server.client.mset(odd, '77001', usual, '77002');
    for (const pages of [4, 16]) {
      const answers = await pagesOf(pages, `now_ms=${NOW_MS}`, 'max_series=2000');
      expect([...seriesOf(...answers).values()]).not.toContain('77001');
      expect([...seriesOf(...answers).values()].filter((value) => value === '77002')).toHaveLength(1);
      expect(ownSum(answers, 'redmeter_skipped_keys', 'duplicate_series')).toBe(1);
    }
  });

  it('show each series once of many metrics with few series each, whose labels have the same names', async () => {
    await storeMany(0);
    const expected = new Map<string, string>();
    const pipeline = server.client.pipeline();
    for (let i = 0; i < 900; i += 1) {
      const name = `few_${i % 400}`;
      // Of some metrics the first that is read has a value or a name that is not plain.
      const value = i % 7 === 0 ? `é${i}` : i % 11 === 0 ? `x:${i}` : `v${i}`;
      const encoded = value.replace(':', '%3A');
      pipeline.set(`metrics:counter:${name}:a=${encoded},b=1`, `${i}`);
      pipeline.set(`metrics:gauge:dotted_${i % 300}:a.b=${encoded},c=${i}`, `${i}`);
      expected.set(`${name}{a="${value}",b="1"}`, `${i}`);
      expected.set(`dotted_${i % 300}{"a.b"="${value}",c="${i}"}`, `${i}`);
    }
    await pipeline.exec();
    const whole = seriesOf(await runScript(server.client, ['pairs', `now_ms=${NOW_MS}`]));
    expect(sorted(whole)).toEqual(sorted(expected));
    // The same series in another spelling, and others, none of which a page can know to be the only one.
    const odd = [1, 2, 3].flatMap((i) => [
      [`metrics:counter:few_${i}:b=1,a=v${i}`, '77001'],
      [`metrics:counter:few_${i}:a=%76${i},b=1`, '77001'],
      [`metrics:counter:few_${i}:a=v:${i},b=1`, '77001'],
      [`metrics:gauge:dotted_${i}:a.b=v${i},b=,c=${i}`, '77001'],
    ]);
    await server.client.mset(odd.flat());
    for (const pages of [4, 32]) {
      const answers = await pagesOf(pages, `now_ms=${NOW_MS}`);
      expect(sorted(seriesOf(...answers))).toEqual(sorted(expected));
      expect(ownSum(answers, 'redmeter_skipped_keys', 'duplicate_series')).toBe(odd.length);
    }
  });

  it.each([
    ['{"type":"gauge"}', 'gauge'],
    ['{"type":"gauge","help":"Jobs."}', 'gauge'],
    ['{"type":"gauge","help":"Jobs.","unit":"s","mode":"sum","declared":1763600000123}', 'gauge'],
    ['{"type":"gauge","help":"a \\"quote\\", é","declared":1763600000123}', 'gauge'],
    ['{"declared":1,"type":"gauge"}', 'gauge'],
    ['{"type":"gauge","more":[1]}', 'gauge'],
    ['{"type":"summary","help":"Jobs."}', 'counter'],
    ['{"type":"gauge","help":"Jobs."} and more', 'counter'],
    ['{"type":"gauge","help":"Jobs.","declared":01}', 'counter'],
    ['{"type":"gauge","help":"Jobs.","declared":1', 'counter'],
    ['{"type":"gauge","help":"Jo\u0001bs."}', 'counter'],
  ])('show a name that is declared by %s as a %s', async (record, type) => {
    await storeMany(1800);
    await server.client.mset(
      'metrics:counter:told',
      '1',
      'metrics:gauge:told',
      '2',
      'metrics-meta:family:told',
      record,
    );
    const answers = await pagesOf(8, `now_ms=${NOW_MS}`);
    expect(seriesOf(...answers).get('told')).toBe(type === 'gauge' ? '2' : '1');
    expect(ownSum(answers, 'redmeter_skipped_keys', 'type_conflict')).toBe(1);
  });

  it('show one type of a name, and what a histogram derives once', async () => {
    await storeMany(1800);
    const pipeline = server.client.pipeline();
    for (let i = 0; i < 50; i += 1) {
      // None is declared: a counter goes before a gauge.
      pipeline.set(`metrics:counter:both:i=${i}`, '1').set(`metrics:gauge:both:i=${i}`, '2');
      // Declared as a gauge.
      pipeline.set(`metrics:counter:declared:i=${i}`, '1').set(`metrics:gauge:declared:i=${i}`, '2');
      pipeline.set(`metrics:counter:took_ms_count:i=${6 * i + 5}`, '9');
    }
    pipeline.set('metrics-meta:family:declared', '{"type":"gauge","help":"x"}');
    await pipeline.exec();
    const whole = seriesOf(await runScript(server.client, ['pairs', `now_ms=${NOW_MS}`]));
    const answers = await pagesOf(16, `now_ms=${NOW_MS}`);
    expect(sorted(seriesOf(...answers))).toEqual(sorted(whole));
    expect(ownSum(answers, 'redmeter_skipped_keys', 'type_conflict')).toBe(100);
    expect(ownSum(answers, 'redmeter_skipped_keys', 'derived_name')).toBe(50);
  });

  it('of a small database are one page, with all that the vectors say', async () => {
    for (const [file, vectors] of loadVectors()) {
      for (const vector of vectors) {
        await storeKeys(server.client, vector.redis);
        if (vector.maxSeries !== undefined) continue;
        const settings = settingArguments(vector);
        // Pages refuse it: names that are alike once they are escaped may be on different pages.
        if (settings.includes('escaping=underscores')) continue;
        const [first = [], ...others] = await pagesOf(2, ...settings);
        const whole = seriesOf(await runScript(server.client, ['pairs', ...settings]));
        const where = `${file}: ${vector.name}`;
        expect([where, sorted(seriesOf(first, ...others))]).toEqual([where, sorted(whole)]);
      }
    }
  });

  it('show no metric at all rather than a part of one when there are too many series for them', async () => {
    await storeMany(1800);
    const settings = [`now_ms=${NOW_MS}`, 'max_series=1799'];
    const answers = await pagesOf(8, ...settings);
    expect(seriesOf(...answers).size).toBe(0);
    expect(ownSum(answers, 'redmeter_truncated_families', 'family="*"')).toBe(8);
    expect(seriesOf(...(await pagesOf(8, `now_ms=${NOW_MS}`, 'max_series=1800'))).size).toBeGreaterThan(1800);
  });

  it('show all histograms, however long a page takes', async () => {
    await storeMany(0);
    const bounds = Array.from({ length: 50 }, (_, i) => i + 1).join(',');
    const counts = `${'0,'.repeat(50)}1`;
    const record = `{"type":"histogram","count":1,"sum":99,"bounds":[${bounds}],"counts":[${counts}],"window":[{"since":1,"counts":[${counts}]}],${TIMES}}`;
    const pipeline = server.client.pipeline();
    for (let i = 0; i < 300; i += 1) {
      pipeline.set(`metrics:counter:events:i=${i}`, '1');
      pipeline.set(`metrics:histogram:took_ms:i=${i}`, record);
    }
    await pipeline.exec();
    const whole = seriesOf(await runScript(server.client, ['pairs', `now_ms=${NOW_MS}`]));
    const pages = await pagesOf(4, `now_ms=${NOW_MS}`);
    expect(sorted(seriesOf(...pages))).toEqual(sorted(whole));
    expect(ownSum(pages, 'redmeter_truncated_families')).toBe(0);
  });

  it('have 250 series each at most', async () => {
    await storeMany(10);
    const [answer = []] = await pagesOf(4);
    expect(answer[answer.indexOf('redmeter_series_limit{page="1"}') + 1]).toBe('1000');
  });

  it.each([
    [['page=1', 'pages=3'], 'the number of pages is "3", expected a power of two up to 2048'],
    [['page=1', 'pages=0'], 'the number of pages is "0", expected a power of two up to 2048'],
    [['page=1', 'pages=4096'], 'the number of pages is "4096", expected a power of two up to 2048'],
    [['page=0', 'pages=2'], 'the page is "0", expected 1 to 2'],
    [['page=3', 'pages=2'], 'the page is "3", expected 1 to 2'],
    [['page=2'], 'the page is "2", expected 1 to 1'],
  ])('refuse %j', async (settings, message) => {
    await expect(runScript(server.client, ['pairs', ...settings])).rejects.toThrow(message);
  });
});

describe('npm run generate -- --pages', () => {
  const folder = temporaryFolder();
  const program = join(__dirname, '../../../scripts/generate-lua.mjs');
  const generate = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [program, ...args], {
      encoding: 'utf8',
      cwd: folder,
      env: { ...process.env, INIT_CWD: folder },
    });

  it('writes scripts that share the series, and what to call redis_exporter with', async () => {
    const { status, stdout } = generate('--pages', '4', '--output', 'pages');
    expect(status).toBe(0);
    const files = /^-script (.+)$/m.exec(stdout)?.[1]?.split(',') ?? [];
    expect(files).toEqual([1, 2, 3, 4].map((page) => `pages/redis-exporter.page-${page}.lua`));
    await storeMany(900);
    const answers: string[][] = [];
    for (const file of files) {
      answers.push(await runScript(server.client, ['0'], 'EVAL_RO', await readFile(join(folder, file), 'utf8')));
    }
    expect(sorted(seriesOf(...answers))).toEqual(sorted(seriesOf(await runScript(server.client, ['0']))));
    expect(answers.every((answer) => seriesOf(answer).size > 0)).toBe(true);
    expect(generate('--pages', '4', '--output', 'pages', '--check').status).toBe(0);
    expect(generate('--pages', '8', '--output', 'pages', '--check').status).toBe(1);
  });

  it.each(['0', '1', '3', '4096', 'x', ''])('refuses %j', (pages) => {
    expect(generate('--pages', pages)).toMatchObject({
      status: 1,
      stderr: `--pages: expected a power of two from 2 to 2048, got ${JSON.stringify(pages)}\n`,
    });
  });
});
