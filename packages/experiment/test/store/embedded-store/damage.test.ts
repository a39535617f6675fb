import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../../src/store/embedded-store.js';
import { openMetricsStore } from '../../../src/store/open-metrics-store.js';
import { makeCommandFolder } from '../../cli/command-run.js';

const SOURCES = ['--import', 'tsx', '--conditions', 'redmeter-source'];

const scratch = temporaryFolder();

async function filledStore(name: string, values: number): Promise<string> {
  const folder = join(scratch, name);
  const store = await openMetricsStore({}, { METRICS_EMBEDDED_FOLDER: folder });
  await store.setVersions('shop', [{ version: 'v1', signature: 'a1', weight: 1 }]);
  await Promise.all(
    Array.from({ length: values }, (_, index) =>
      store.writeMetric({
        application: 'shop',
        user: `user ${index % 50}`,
        metric: `spent ${index % 3}`,
        value: index / 7,
        transaction: `order-${index}`,
      }),
    ),
  );
  for (const result of ['one', 'two']) {
    const specText = `- run: ${'x'.repeat(6000)}`;
    const stored = { startTime: '', numLoops: 1, numCompletedTasks: 0, failure: false, tasks: [], specText };
    await store.put({ name: result, savedTime: '2026-11-20T12:30:00.000Z', result: stored });
  }
  await store.close();
  return folder;
}

async function runNode(
  argv: readonly string[],
  limitBlocks?: number,
): Promise<{ code: number | null; signal: string | null; out: string }> {
  const command = `${limitBlocks === undefined ? '' : `ulimit -f ${limitBlocks}; `}exec "$0" "$@"`;
  const child = spawn('bash', ['-c', command, process.execPath, ...SOURCES, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, out };
}

describe('a damaged embedded store', () => {
  it('is read whole or refused by name, wherever it is damaged: never in part, and the process lives', async () => {
    const folder = await filledStore('fuzz', 400);
    const { code, signal, out } = await runNode([join(__dirname, '../damage-reader.ts'), folder, '40']);
    expect([code, signal]).toEqual([0, null]);
    const outcomes = out.trim().split('\n');
    expect(outcomes).toHaveLength(40 * 8);
    expect(outcomes.filter((line) => !/: (?:whole$|store_unavailable: expected )/.test(line))).toEqual([]);
    expect(outcomes.filter((line) => line.includes('store_unavailable')).length).toBeGreaterThan(200);
  });

  it.each([
    ['an empty file', (file: string) => truncate(file, 0), /got damage: an empty file; restore the file/],
    [
      'a folder in its place',
      async (file: string) => {
        await rm(file);
        await mkdir(file);
      },
      /got damage: a folder in its place;/,
    ],
    [
      'another text',
      (file: string) => writeFile(file, 'no database'.repeat(1000)),
      /got damage: file is not a database;/,
    ],
    ['a file that is cut', (file: string) => truncate(file, 9000), /got damage: /],
  ])('%s ends commands with 3 and one line', async (_, damage, message) => {
    const store = await filledStore(`command-${Math.random()}`, 20);
    await damage(join(store, 'store.sqlite'));
    const commands = makeCommandFolder({ METRICS_EMBEDDED_FOLDER: store });
    for (const argv of [
      ['results', 'list'],
      ['abn', 'list'],
      ['abn', 'write', 'shop', 'ann', 'spent', '1'],
    ]) {
      const { code, err } = await commands.run(...argv);
      expect([code, err.split('\n')]).toEqual([3, [expect.stringMatching(message), '']]);
      expect(err).toMatch(/^redmeter: expected to use the store .*store\.sqlite, got damage/);
    }
  });

  it('whose one result is damaged lists the others, and ends with 3', async () => {
    const store = await filledStore('one-result', 0);
    const file = join(store, 'store.sqlite');
    const bytes = await readFile(file);
    // In the text of a result, where SQLite sees nothing wrong.
    bytes[bytes.indexOf('xxxxxxxx') + 50] = 'y'.charCodeAt(0);
    await writeFile(file, bytes);
    const commands = makeCommandFolder({ METRICS_EMBEDDED_FOLDER: store });
    const { code, out, err } = await commands.run('results', 'list');
    expect([code, out.split('\n').length]).toEqual([3, 3]);
    expect(out).toMatch(/cannot be read: a row of the table result whose bytes do not match its checksum/);
    expect(err).toMatch(/^redmeter: expected to read all results of the store, got damage in "(?:one|two)"/);
  });
});

it('refuses the store of an earlier version instead of beginning an empty one beside it', async () => {
  const folder = join(scratch, 'old');
  await mkdir(folder);
  await writeFile(join(folder, 'applications.lmdb'), 'x');
  await expect(openEmbeddedStore(folder)).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringMatching(
      /got applications\.lmdb of an earlier version of redmeter, .* move it to another folder/,
    ) as unknown,
  });
});

it('refuses a database of something else, and one of a later version', async () => {
  const { DatabaseSync } = await import('@photostructure/sqlite');
  const folder = await filledStore('foreign', 1);
  const change = (statement: string): void => {
    const database = new DatabaseSync(join(folder, 'store.sqlite'));
    database.exec(statement);
    database.close();
  };
  change('PRAGMA user_version = 4');
  await expect(openEmbeddedStore(folder)).rejects.toThrow(
    /got a store of layout 4; this version of redmeter reads layout 3/,
  );
  change('PRAGMA user_version = 3; PRAGMA application_id = 7');
  await expect(openEmbeddedStore(folder)).rejects.toThrow(/a SQLite database that is not a store of redmeter/);
});

// A limit on the size of files stands in for a full disk: it can be had without being root.
it('that cannot grow refuses by name, keeps what it acknowledged, and continues when there is room', async () => {
  const folder = join(scratch, 'full');
  const { code, signal, out } = await runNode([join(__dirname, '../full-disk-writer.ts'), folder], 100);
  expect([code, signal]).toEqual([0, null]);
  const lines = out.trim().split('\n');
  expect(lines.at(-1)).toMatch(
    /^refused: store_unavailable: expected to use the store .*store\.sqlite, got a (?:full disk|disk error)/,
  );
  const acknowledged = lines.slice(0, -1);
  expect(acknowledged.length).toBeGreaterThan(100);
  const store = await openMetricsStore({}, { METRICS_EMBEDDED_FOLDER: folder });
  const { metrics } = await store.aggregate('shop', { version: 'v1', signature: '' });
  expect(metrics['spent']?.overTransactions.count).toBe(acknowledged.length);
  await store.writeMetric({ application: 'shop', user: 'ann', metric: 'spent', value: 1 });
  await store.close();
});
