import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { freePort } from '@redmeter/test-servers';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startGitHubApi, type GitHubApi } from './github-api.js';
import { runAction, runSteps, type StepsRun } from './run-steps.js';
import { actions, root } from './workflow-files.js';

const TOKEN = 'a-token';
const folder = temporaryFolder();
const workspace = join(folder, 'checkout');
const experiment = (port: number): string => `
- task: ready
  with: { url: 'http://127.0.0.1:${port}/', timeout: 20s }
- task: http
  with: { url: 'http://127.0.0.1:${port}/', numRequests: 20, qps: 0, method: POST }
- task: assess
  with:
    SLOs:
      upper: [{ metric: http/error-rate, limit: 0 }]
`;
/** A service whose POST answers with a status. */
const service = (status: number): string => `
import { createServer } from 'node:http';
createServer((request, response) => {
  response.statusCode = request.method === 'POST' ? ${status} : 200;
  response.end();
}).listen(Number(process.argv[2]), '127.0.0.1');
`;

let api: GitHubApi;
let port: number;
let base: string;

const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    cwd: workspace,
    encoding: 'utf8',
  }).trim();

function commit(files: Readonly<Record<string, string>>): string {
  for (const [file, text] of Object.entries(files)) writeFileSync(join(workspace, file), text);
  git('add', '--all');
  git('commit', '--quiet', '--message', 'a change');
  return git('rev-parse', 'HEAD');
}

beforeAll(async () => {
  port = await freePort();
  // A repository with a base commit whose service works, on a remote, and one on top of it whose service fails.
  execFileSync('git', ['init', '--quiet', '--bare', join(folder, 'remote')]);
  mkdirSync(workspace);
  git('init', '--quiet');
  git('remote', 'add', 'origin', `file://${folder}/remote`);
  base = commit({ 'experiment.yaml': experiment(port), 'service.mjs': service(200) });
  git('push', '--quiet', 'origin', 'HEAD:refs/heads/main');
});

const runnerEnv = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: folder,
  GITHUB_ACTIONS: 'true',
  GITHUB_ACTION_PATH: join(root, '.github/actions/experiment'),
  GITHUB_API_URL: api.url,
  GITHUB_REPOSITORY: 'shop/shop',
});

let runs = 0;
beforeEach(async () => {
  api = await startGitHubApi('shop/shop', TOKEN);
});
afterEach(() => api.close());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(inputs: Readonly<Record<string, string>> = {}): Promise<StepsRun> {
  const action = actions.get('.github/actions/experiment');
  if (action === undefined) throw new Error('expected the action');
  runs += 1;
  const runnerFolder = join(folder, `runner-${runs}`);
  const github = {
    token: TOKEN,
    // What an attacker may choose.
    event: { pull_request: { number: 7, title: '"; touch $RUNNER_TEMP/pwned; "', base: { sha: base } } },
  };
  const ran = await runAction(
    action,
    {
      redmeter: `${process.execPath} ${join(root, 'packages/experiment/bin/redmeter.mjs')}`,
      service: `node service.mjs ${port}`,
      prepare: 'git rev-parse HEAD >"$RUNNER_TEMP/prepared-$(basename "$PWD")"',
      ...inputs,
    },
    github,
    { workspace, folder: runnerFolder, env: runnerEnv() },
  );
  expect(existsSync(join(runnerFolder, 'pwned'))).toBe(false);
  return ran;
}

it('measures both branches, comments what differs, and fails when an objective is violated', async () => {
  const head = commit({ 'service.mjs': service(500) });
  const first = await run({ name: 'checkout load' });
  expect(first.outcomes).toEqual({
    'Look for redmeter': 'success',
    base: 'success',
    'Measure this branch': 'success',
    report: 'success',
    'Comment on the pull request': 'success',
    Judge: 'failure',
  });
  const runner = join(folder, `runner-${runs}`);
  expect(readFileSync(join(runner, 'prepared-redmeter-base'), 'utf8').trim()).toBe(base);
  expect(readFileSync(join(runner, 'prepared-checkout'), 'utf8').trim()).toBe(head);
  const [comment] = api.comments;
  expect(comment?.body).toMatch(
    /^<!-- redmeter experiment: checkout load -->\n## checkout load\n\n### Not all SLOs are satisfied/,
  );
  expect(comment?.body).toContain(`### Difference to the base branch, ${base.slice(0, 7)}`);
  expect(comment?.body).toMatch(
    /\| SLOs \| base \| head \| change \|\n\|---\|---\|---\|---\|\n\| http\/error-rate &lt;= 0, version 0 \| true \| false \| changed \|/,
  );
  expect(comment?.body).toMatch(/\| built-in\/error-count, version 0 \| 0 \| 20 \| \+20 \|/);
  expect(comment?.body).toBe(`<!-- redmeter experiment: checkout load -->\n${first.summary}`);

  // Comments of people, even such as quote ours, stay as they are; ours is brought up to date.
  const quoted = { id: 1, body: comment?.body ?? '', user: { type: 'User' } };
  api.comments.unshift(
    quoted,
    ...Array.from({ length: 120 }, (_, i) => ({ id: 2 + i, body: 'hm', user: { type: 'User' } })),
  );
  commit({ 'service.mjs': service(201) });
  const second = await run({ name: 'checkout load', prepare: '[ "$PWD" = "$GITHUB_WORKSPACE" ]' });
  expect(second.outcomes).toMatchObject({ base: 'failure', Judge: 'success' });
  expect(api.comments.length).toBe(122);
  expect(api.comments[0]).toBe(quoted);
  expect(api.comments.at(-1)?.body).toMatch(
    /\n### All SLOs are satisfied[^]*\nThe base branch could not be measured\. The log of its step says why\.\n$/,
  );
});

it('leaves the report in the summary of the job when it may not comment', async () => {
  api.mayOnlyRead = true;
  const report = join(folder, 'report.md');
  writeFileSync(report, '## checkout load\n');
  const step = actions.get('.github/actions/experiment')?.runs.steps.find(({ run }) => run?.includes('comment.mjs'));
  const env = { ...runnerEnv(), NAME: 'checkout load', PULL_REQUEST: '7', REPORT: report, TOKEN };
  const ran = await runSteps(
    [{ name: 'comment', run: step?.run ?? '' }],
    {},
    { workspace, folder: join(folder, 'runner-comment'), env },
  );
  expect(ran.outcomes).toEqual({ comment: 'success' });
  expect(ran.log).toMatch(/::warning::no comment: .*403: .*Resource not accessible/);
});

it('shows what a service wrote that did not start, and reports the failure', async () => {
  const [ready = ''] = experiment(port).replace('20s', '1s').split('- task: http');
  commit({ 'experiment.yaml': ready });
  const ran = await run({ base: '', comment: 'false', service: 'echo "no such table: carts"; exit 3' });
  expect(ran.outcomes).toMatchObject({
    base: 'skipped',
    'Measure this branch': 'success',
    'Comment on the pull request': 'skipped',
    Judge: 'failure',
  });
  expect(ran.log).toContain('\nno such table: carts\n');
  expect(ran.summary).toMatch(/\n### Experiment failed/);
});
