import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(__dirname, '../../../../..');

it('the script in reports is the one that npm run generate makes of its sources and uPlot', () => {
  const script = `import('./scripts/generate-report-script.mjs').then(async (m) => process.stdout.write(await m.reportScriptModule()))`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' });
  expect(stderr).toBe('');
  const committed = readFileSync(resolve(root, 'packages/experiment/src/report/charts/chart-script.ts'), 'utf8');
  expect(committed === stdout).toBe(true);
  expect(committed).toContain('The MIT License (MIT)');
});
