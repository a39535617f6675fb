import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Action, Step } from './workflow-files.js';

/** What GitHub Actions offers to expressions, by context. */
export type Contexts = Readonly<Record<string, unknown>>;

/** Where steps run. */
export type Runner = {
  /** The checkout. */
  readonly workspace: string;
  /** A folder for files of the runner. */
  readonly folder: string;
  /** Variables besides the runner's own. */
  readonly env: NodeJS.ProcessEnv;
};

/** How steps ended. */
export type StepsRun = {
  readonly outcomes: Readonly<Record<string, 'success' | 'failure' | 'skipped'>>;
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly log: string;
  readonly summary: string;
};

/** Texts with their expressions evaluated, by GitHub's own evaluator. */
function evaluate(texts: Readonly<Record<string, string>>, contexts: Contexts): Record<string, string> {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'evaluate.mjs')], {
    input: JSON.stringify({ contexts, texts }),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Record<string, string>;
}

/** Runs a composite action: its shell steps, one after the other, as a runner does. */
export async function runAction(
  action: Action,
  given: Readonly<Record<string, string>>,
  github: Readonly<Record<string, unknown>>,
  runner: Runner,
): Promise<StepsRun> {
  const defaults = Object.entries(action.inputs).map(([name, input]) => [name, input.default ?? ''] as const);
  const inputs = { ...evaluate(Object.fromEntries(defaults), { github }), ...given };
  return runSteps(action.runs.steps, { inputs, github }, runner);
}

/** Runs the shell steps of a job. Steps that use an action are left out. */
export async function runSteps(all: readonly Step[], contexts: Contexts, runner: Runner): Promise<StepsRun> {
  const outcomes: Record<string, 'success' | 'failure' | 'skipped'> = {};
  const outputs: Record<string, Record<string, string>> = {};
  const exported: Record<string, string> = {};
  const summaryFile = join(runner.folder, 'summary');
  mkdirSync(runner.folder, { recursive: true });
  writeFileSync(summaryFile, '');
  let log = '';
  let hasFailed = false;
  for (const [index, step] of all.entries()) {
    if (step.run === undefined) continue;
    const name = step.id ?? step.name ?? step.run;
    const known = {
      ...contexts,
      steps: Object.fromEntries(
        Object.entries(outcomes).map(([id, outcome]) => [id, { outcome, outputs: outputs[id] ?? {} }]),
      ),
    };
    const texts = { if: `\${{ ${step.if ?? 'true'} }}`, ...mapped(step.env ?? {}, (_key, value) => String(value)) };
    const { if: condition = '', ...env } = evaluate(texts, known);
    if (hasFailed || ['', 'false', '0'].includes(condition)) {
      outcomes[name] = 'skipped';
      continue;
    }
    const files = mapped({ GITHUB_OUTPUT: 'output', GITHUB_ENV: 'env' }, (_key, file) =>
      join(runner.folder, `${file}-${index}`),
    );
    for (const file of Object.values(files)) writeFileSync(file, '');
    const script = join(runner.folder, `step-${index}.sh`);
    writeFileSync(script, step.run);
    // As GitHub runs a step with `shell: bash`, and one without.
    const flags = step.shell === 'bash' ? ['--noprofile', '--norc', '-eo', 'pipefail'] : ['-e'];
    const { code, output } = await bash([...flags, script], runner.workspace, {
      ...runner.env,
      ...exported,
      GITHUB_WORKSPACE: runner.workspace,
      RUNNER_TEMP: runner.folder,
      GITHUB_STEP_SUMMARY: summaryFile,
      ...files,
      ...env,
    });
    log += output;
    outcomes[name] = code === 0 ? 'success' : 'failure';
    outputs[name] = variablesOf(files['GITHUB_OUTPUT']);
    Object.assign(exported, variablesOf(files['GITHUB_ENV']));
    if (code !== 0 && step['continue-on-error'] !== true) hasFailed = true;
  }
  return { outcomes, outputs, log, summary: readFileSync(summaryFile, 'utf8') };
}

const mapped = <T, R>(record: Readonly<Record<string, T>>, map: (key: string, value: T) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(key, value)]));

/** The lines NAME=VALUE of a file that a step wrote. */
function variablesOf(file: string | undefined): Record<string, string> {
  const lines = file === undefined ? [] : readFileSync(file, 'utf8').split('\n');
  return Object.fromEntries(
    lines.filter((line) => line.includes('=')).map((line) => line.split(/=(.*)/s, 2) as [string, string]),
  );
}

/** Not spawnSync: servers of the test must answer meanwhile. */
function bash(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', reject).on('close', (code) => resolve({ code, output }));
  });
}
