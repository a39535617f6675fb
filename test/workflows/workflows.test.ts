import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { actions, root, steps, workflows } from './workflow-files.js';

/** What may write, and to what. */
const WRITES = new Map([
  ['experiment.yml, store', ['pull-requests']],
  ['images.yml, image', ['packages']],
  ['release.yml, packages', ['id-token']],
  ['site.yml, deploy', ['id-token', 'pages']],
]);

describe('workflows', () => {
  it.each(steps.flatMap(({ place, step }) => (step.uses === undefined ? [] : [[place, step.uses]])))(
    'use actions of others by commit, with the version beside it: %s',
    (place = '', uses = '') => {
      if (uses.startsWith('./')) {
        expect([...actions.keys()]).toContain(uses.slice(2));
        return;
      }
      expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      const text = readFileSync(join(root, place.split(',', 1)[0] ?? ''), 'utf8');
      expect(text).toMatch(new RegExp(`${uses} # v\\d+\\.\\d+\\.\\d+\\n`));
    },
  );

  it('use one version of each action', () => {
    const used = new Set(steps.flatMap(({ step }) => (step.uses?.includes('@') === true ? [step.uses] : [])));
    expect(used.size).toBe(new Set([...used].map((uses) => uses.split('@', 1)[0])).size);
  });

  it.each(steps.flatMap(({ place, step }) => (step.run === undefined ? [] : [[place, step.run]])))(
    'put no expression into a script, where a title could be a command: %s',
    (_place, run) => {
      expect(run).not.toContain('${{');
    },
  );

  it.each([...workflows])('may only read, but where a job needs more: %s', (file, { permissions, jobs }) => {
    expect(permissions).toEqual({ contents: 'read' });
    for (const [name, job] of Object.entries(jobs)) {
      const place = `${file.split('/').at(-1) ?? ''}, ${name}`;
      const written = Object.entries(job.permissions ?? {}).filter(([, access]) => access === 'write');
      expect([place, written.map(([scope]) => scope)]).toEqual([place, WRITES.get(place) ?? []]);
    }
  });

  it.each([...workflows])('end, and leave no token in the checkout: %s', (_file, { jobs }) => {
    for (const job of Object.values(jobs)) {
      expect(job['timeout-minutes']).toBeGreaterThan(0);
      const checkouts = job.steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
      for (const { with: given } of checkouts) expect(given?.['persist-credentials']).toBe(false);
    }
  });

  it('are not started by events that give a pull request from outside the rights of the project', () => {
    const texts = [...workflows.keys()].map((file) => readFileSync(join(root, file), 'utf8'));
    for (const text of texts) expect(text).not.toMatch(/pull_request_target|workflow_run|issue_comment/);
  });
});

describe('CI', () => {
  const dryRun = (...parts: string[]): string[] => {
    const { status, stdout, stderr } = spawnSync('bash', ['.ci/run', ...parts], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, CI_DRY_RUN: '1' },
    });
    if (status !== 0) throw new Error(stderr);
    return stdout.trim().split('\n');
  };
  const { part, servers } = workflows.get('.github/workflows/ci.yml')?.jobs ?? {};
  const parts = part?.strategy?.matrix['part'] as string[];

  it('runs all of .ci/run, each step that tests once', () => {
    expect(servers?.steps.at(-1)?.run).toBe('bash .ci/run servers');
    const inParts = [...parts, 'servers'].flatMap((name) => dryRun(name));
    const all = dryRun();
    const tests = all.slice(all.findIndex((line) => line.startsWith('types of tests: ')));
    expect(tests.length).toBeGreaterThan(10);
    for (const line of tests) expect([line, inParts.filter((other) => other === line).length]).toEqual([line, 1]);
  });

  it('runs on the versions that it names', () => {
    expect(parts).toEqual(expect.arrayContaining(['node-24', 'node-22', 'node-20.19']));
    const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } };
    expect(engines.node).toBe('>=20.19');
    const images = servers?.strategy?.matrix['include'] as { image: string }[];
    expect(images.map(({ image }) => image.replace(/^.*\//, '').replace(/-.*$/, ''))).toEqual([
      'redis:7.2',
      'redis:8',
      'valkey:8',
    ]);
  });

  it('refuses a part that there is not', () => {
    const { status, stderr } = spawnSync('bash', ['.ci/run', 'node-18'], { cwd: root, encoding: 'utf8' });
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/^\.ci\/run: expected parts of checks .*, got node-18\n$/),
    ]);
  });
});
