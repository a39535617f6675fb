import { prometheus3 } from '@redmeter/test-servers';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const promtool = (...args: readonly string[]): string => {
  const { status, stdout, stderr } = spawnSync(prometheus3().promtool, args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? 'ok' : stdout + stderr;
};
const filesIn = (folder: string, end: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(end))
    .map((name) => join(folder, name));

it('prometheus.yaml loads in Prometheus 3 as in 2.42', () => {
  expect(promtool('check', 'config', 'prometheus.yaml')).toBe('ok');
});

it.each(filesIn('prometheus', '.rules.yml'))('the rules of %s load in Prometheus 3', (file) => {
  expect(promtool('check', 'rules', file)).toBe('ok');
});

it.each(filesIn('prometheus/tests', '.test.yml'))('%s passes in Prometheus 3', (file) => {
  expect(promtool('test', 'rules', file)).toBe('ok');
});

it('the jobs in the documentation of the exporters load in Prometheus 3', () => {
  const blocks = [...readFileSync(join(root, 'docs/exporters.md'), 'utf8').matchAll(/```yaml\n(.*?)```/gs)]
    .map(([, block = '']) => block)
    .filter((block) => block.includes('scrape_configs:'));
  expect(blocks.join('')).toContain('scrape_native_histograms: true');
  const folder = temporaryFolder();
  for (const block of blocks) {
    writeFileSync(join(folder, 'prometheus.yaml'), block);
    expect([block, promtool('check', 'config', join(folder, 'prometheus.yaml'))]).toEqual([block, 'ok']);
  }
});
