import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '@redmeter/stack';
import { parse } from 'yaml';
import { codeBlocks, sectionOf } from './markdown-code.js';
import { startTestStack, type TestStack } from './test-stack.js';

const manual = readFileSync(join(checkout, 'docs/experiments.md'), 'utf8');
const testTimeoutMs = 120_000;

let stack: TestStack;
let folder: string;
beforeAll(async () => {
  stack = await startTestStack({ parts: ['redis', 'store'], storeEnvironment: { HANDLER_DELAY_MS: '5' } });
  mkdirSync(join(checkout, '.data'), { recursive: true });
  // Inside the clone, so that npx finds redmeter as it does for the reader.
  folder = mkdtempSync(join(checkout, '.data/manual-'));
}, 90_000);
afterAll(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true });
});

/** Runs lines of the manual in one shell; the copied sample names the port of npm start, this test runs beside it. */
function runLines(lines: readonly string[], cwd: string, environment: NodeJS.ProcessEnv = {}): string {
  const onOurPort = `sed -i s/localhost:5050/127.0.0.1:${stack.settings.ports.store}/g load-test/experiment.yaml`;
  const script = lines.flatMap((line) => (line.includes('redmeter hub -e load-test') ? [line, onOurPort] : [line]));
  const shell = spawnSync('bash', ['-euc', script.join('\n')], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    timeout: testTimeoutMs,
  });
  if (shell.status !== 0)
    throw new Error(`expected ${lines.join('; ')} to end with 0, got ${shell.status}: ${shell.stdout}${shell.stderr}`);
  return shell.stdout;
}

it(
  'runs the first experiment as the manual tells it',
  () => {
    const [tutorial = ''] = codeBlocks(sectionOf(manual, 'First experiment'), 'sh');
    const lines = tutorial.trim().split('\n');
    expect(lines.filter((line) => line.startsWith('npx redmeter')).length).toBeGreaterThanOrEqual(4);
    const printed = runLines(lines, folder);
    expect(printed).toContain('slos: holds');
    expect(printed).toContain('built-in/request-count|100');
  },
  testTimeoutMs,
);

it(
  'runs the steps for GitHub Actions and GitLab CI, where the experiment is',
  () => {
    const [actions = '', gitlab = ''] = codeBlocks(sectionOf(manual, 'In CI'), 'yaml');
    const steps = (parse(actions) as { run: string }[]).map(({ run }) => run);
    const job = (parse(gitlab) as { experiment: { script: string[]; artifacts: { reports: { junit: string } } } })
      .experiment;
    const home = join(folder, 'ci');
    mkdirSync(home);
    runLines(['npx redmeter hub -e load-test'], home);
    const cwd = join(home, 'load-test');
    const summary = join(home, 'summary.md');
    runLines(steps, cwd, { GITHUB_STEP_SUMMARY: summary });
    expect(readFileSync(summary, 'utf8')).toContain('All SLOs are satisfied');
    runLines(job.script, cwd);
    expect(readFileSync(join(cwd, job.artifacts.reports.junit), 'utf8')).toContain('<testsuite name="redmeter"');
  },
  testTimeoutMs,
);
