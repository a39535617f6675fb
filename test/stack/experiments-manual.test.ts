import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { checkout } from '@redmeter/stack';
import { parse, parseAllDocuments } from 'yaml';
import { codeBlocks, sectionOf } from './markdown-code.js';
import { startTestStack, type TestStack } from './test-stack.js';

const tutorial = readFileSync(join(checkout, 'docs/experiments/tutorial.md'), 'utf8');
const running = readFileSync(join(checkout, 'docs/experiments/running.md'), 'utf8');
const readme = readFileSync(join(checkout, 'README.md'), 'utf8');
const testTimeoutMs = 240_000;

let stack: TestStack;
let folder: string;
beforeAll(async () => {
  stack = await startTestStack({ parts: ['redis', 'store'], storeEnvironment: { HANDLER_DELAY_MS: '5' } });
  mkdirSync(join(checkout, '.data'), { recursive: true });
  // Inside the clone, so that npx finds redmeter as it does for the reader.
  folder = mkdtempSync(join(checkout, '.data/manual-'));
});
afterAll(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true });
});

/** Runs documented lines in one shell, with the port of this test's store in the sample. */
function shell(
  lines: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv = {},
): { status: number | null; stdout: string; stderr: string } {
  const onOurPort = `sed -i s/localhost:5050/127.0.0.1:${stack.settings.ports.store}/g load-test/experiment.yaml`;
  const script = lines.flatMap((line) => (line.includes('redmeter hub -e load-test') ? [line, onOurPort] : [line]));
  return spawnSync('bash', ['--norc', '-euc', script.join('\n')], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    timeout: testTimeoutMs,
  });
}

/** As above, for lines that must end well. */
function runLines(lines: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = shell(lines, cwd);
  if (status !== 0) throw new Error(`expected ${lines.join('; ')} to end with 0, got ${status}: ${stdout}${stderr}`);
  return stdout;
}

it.each([
  ['the tutorial', tutorial, 'First experiment'],
  ['the README', readme, 'Judge a release'],
])(
  'runs the first experiment of %s as printed',
  (_document, text, title) => {
    const [commands = ''] = codeBlocks(sectionOf(text, title), 'sh');
    const lines = commands.trim().replaceAll(' && ', '\n').split('\n');
    expect(
      lines.filter((line) => line.startsWith('npx -p @redmeter/experiment redmeter')).length,
    ).toBeGreaterThanOrEqual(4);
    const printed = runLines(lines, mkdtempSync(join(folder, 'first-')));
    expect(printed).toContain('slos: holds');
    expect(printed).toContain('built-in/request-count|100');
  },
  testTimeoutMs,
);

interface Step {
  readonly run?: string;
  readonly if?: string;
}
interface Workflow {
  readonly jobs: { readonly experiment: { readonly steps: readonly Step[] } };
}
interface Pipeline {
  readonly experiment: {
    readonly before_script: readonly string[];
    readonly script: readonly string[];
    readonly after_script: readonly string[];
    readonly artifacts: { readonly when: string; readonly reports: { readonly junit: string } };
  };
}

// redmeter is there already, as it is where these ran.
const INSTALL = 'npm ci';

/** Runs the steps of a workflow as GitHub does: after a failure those alone that always run. */
function runSteps(steps: readonly Step[], cwd: string, environment: NodeJS.ProcessEnv): boolean {
  let isFailed = false;
  for (const { run, if: condition } of steps) {
    if (run === undefined || run === INSTALL || (isFailed && condition !== 'always()')) continue;
    isFailed = shell([run], cwd, environment).status !== 0 || isFailed;
  }
  return !isFailed;
}

/** An experiment of the documented sample in a folder of its own, followed by these tasks. */
function makeExperiment(name: string, furtherTasks: string): string {
  const home = join(folder, name);
  mkdirSync(home);
  runLines(['npx -p @redmeter/experiment redmeter hub -e load-test'], home);
  const cwd = join(home, 'load-test');
  appendFileSync(join(cwd, 'experiment.yaml'), furtherTasks);
  return cwd;
}

it.each([
  ['holds', '', true, 'All SLOs are satisfied', 'failures="0"'],
  ['fails', '- run: exit 1\n', false, 'Experiment failed', /failures="1"[^]*task 3: run"><failure/],
])(
  'runs the steps for GitHub Actions and GitLab CI, where an experiment %s',
  (_how, furtherTasks, holds, headline, report) => {
    const [actions = '', gitlab = ''] = codeBlocks(sectionOf(running, 'In CI'), 'yaml');
    const { steps } = (parse(actions) as Workflow).jobs.experiment;
    expect(steps.filter(({ run }) => run === INSTALL)).toHaveLength(1);
    const cwd = makeExperiment(`ci-${String(holds)}`, furtherTasks);
    const summary = join(cwd, 'summary.md');
    expect(runSteps(steps, cwd, { GITHUB_STEP_SUMMARY: summary })).toBe(holds);
    expect(readFileSync(summary, 'utf8')).toContain(headline);

    const job = (parse(gitlab) as Pipeline).experiment;
    expect([job.before_script, job.artifacts.when]).toEqual([[INSTALL], 'always']);
    rmSync(join(cwd, 'result.yaml'));
    expect(shell(job.script, cwd).status === 0).toBe(holds);
    // GitLab runs it whether the script failed or not, in a shell of its own.
    runLines(job.after_script, cwd);
    expect(readFileSync(join(cwd, job.artifacts.reports.junit), 'utf8')).toMatch(report);
  },
  testTimeoutMs,
);

interface KubernetesJob {
  readonly kind: string;
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: readonly { readonly command: string[]; readonly args: string[] }[] };
    };
  };
}

it.each([
  ['holds', '', 0],
  ['fails', '- run: exit 1\n', 3],
])(
  'runs what the Job for Kubernetes runs, where an experiment %s',
  (_how, furtherTasks, status) => {
    const [manifests = ''] = codeBlocks(sectionOf(running, 'In Kubernetes'), 'yaml');
    const job = parseAllDocuments(manifests)
      .map((document) => document.toJS() as KubernetesJob)
      .find(({ kind }) => kind === 'Job');
    const [container] = job?.spec.template.spec.containers ?? [];
    expect(container?.command).toEqual(['bash', '-c']);
    const spec = makeExperiment(`job-${status}`, furtherTasks);
    const cwd = mkdtempSync(join(folder, 'job-run-'));
    const path = [join(checkout, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
    const script = (container?.args ?? []).map((text) => text.replaceAll('/spec/', `${spec}/`));
    const run = spawnSync('bash', ['-c', ...script], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, PATH: path },
      timeout: testTimeoutMs,
    });
    expect([run.status, run.stdout]).toEqual([status, expect.stringContaining('built-in/request-count|100')]);
  },
  testTimeoutMs,
);
