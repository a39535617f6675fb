import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');

it('schemas, lists of values and copied files of the charts are up to date', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/generate-charts.mjs'), '--check'], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
});

it('the images of the chart are those of .env', () => {
  const images = readFileSync(join(root, '.env'), 'utf8');
  const values = readFileSync(join(root, 'charts/redmeter/values.yaml'), 'utf8');
  for (const [, repository = '', tag = ''] of images.matchAll(/^(?:REDIS|EXPORTER)_IMAGE=(.+):(.+)$/gm)) {
    expect(values).toMatch(new RegExp(`repository: ${repository}\n *# -- [^\n]*\n *tag: ${tag}\n`));
  }
});
