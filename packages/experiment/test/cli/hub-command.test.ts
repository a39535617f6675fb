import { beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCommandFolder, type CommandFolder } from './command-run.js';

let here: CommandFolder;
let hub: CommandFolder;
beforeEach(() => {
  here = makeCommandFolder();
  hub = makeCommandFolder();
});

function writeSample(folder: string, text: string): void {
  mkdirSync(join(hub.path, folder), { recursive: true });
  writeFileSync(join(hub.path, folder, 'experiment.yaml'), `- run: echo ${text}\n`);
}

function copied(name: string): string {
  return readFileSync(join(here.path, name, 'experiment.yaml'), 'utf8');
}

describe('a folder as the hub', () => {
  it('has as samples its folders with an experiment.yaml', async () => {
    writeSample('checkout', 'one');
    mkdirSync(join(hub.path, 'notes'));
    expect((await here.run('hub', '-e', 'checkout', '--hub', hub.path)).code).toBe(0);
    expect(copied('checkout')).toBe('- run: echo one\n');
    const other = await here.run('hub', '-e', 'notes', '--hub', hub.path);
    expect([other.code, other.err]).toEqual([2, expect.stringContaining(`one of checkout (in ${hub.path})`)]);
  });

  it('has as samples its folders with a release.yaml, too, and prints the next step', async () => {
    mkdirSync(join(hub.path, 'shop'));
    writeFileSync(join(hub.path, 'shop/release.yaml'), 'application: shop\n');
    expect(await here.run('hub', '-e', 'shop', '--hub', hub.path)).toMatchObject({
      code: 0,
      out: 'copied shop; next: cd shop && redmeter release plan\n',
    });
  });

  it('names the schema of a shipped release to editors', async () => {
    expect((await here.run('hub', '-e', 'ab-test')).code).toBe(0);
    const schemaOf = (file: string): unknown => {
      const text = readFileSync(join(here.path, 'ab-test', file), 'utf8');
      const [, place = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
      return (JSON.parse(readFileSync(join(here.path, 'ab-test', place), 'utf8')) as { title: string }).title;
    };
    expect([schemaOf('release.yaml'), schemaOf('experiment.yaml')]).toEqual([
      'redmeter release',
      'redmeter experiment',
    ]);
  });

  it('is the one shipped here when the variable is empty', async () => {
    const there = makeCommandFolder({ REDMETER_HUB: '' });
    const { code } = await there.run('hub', '-e', 'load-test');
    expect(code).toBe(0);
  });

  it('must be there', async () => {
    const { code, err } = await here.run('hub', '-e', 'x', '--hub', 'nowhere');
    expect([code, err]).toEqual([2, expect.stringContaining(`at ${join(here.path, 'nowhere')}, found none`)]);
  });
});

describe('a Git repository as the hub', () => {
  let url: string;
  beforeEach(() => {
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', hub.path, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
        encoding: 'utf8',
      });
    git('init', '--quiet', '--initial-branch', 'main');
    writeSample('checkout', 'tagged');
    git('add', '.');
    git('commit', '--quiet', '-m', 'first');
    git('tag', 'v1');
    writeSample('checkout', 'newest');
    writeSample('samples/inner', 'inner');
    git('add', '.');
    git('commit', '--quiet', '-m', 'second');
    url = `file://${hub.path}`;
  });

  it.each([
    ['', 'checkout', 'newest'],
    ['#v1', 'checkout', 'tagged'],
    ['#main:samples', 'inner', 'inner'],
    ['#:samples', 'inner', 'inner'],
  ])('with "%s" after its URL', async (fragment, name, text) => {
    expect(await here.run('hub', '-e', name, '--hub', `${url}${fragment}`)).toMatchObject({ code: 0, err: '' });
    expect(copied(name)).toBe(`- run: echo ${text}\n`);
  });

  it.each([
    ['#v9', 'expected to fetch the hub file://'],
    ['#main:../..', 'expected --hub to name a folder inside the repository'],
    ['#main:nothing', 'expected a hub, a folder of samples, at nothing of file://'],
    ['#--upload-pack=touch', 'expected to fetch the hub'],
  ])('refuses "%s" after its URL', async (fragment, message) => {
    const { code, err } = await here.run('hub', '-e', 'checkout', '--hub', `${url}${fragment}`);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it.each([['hidden'], ['has@hidden']])('shows no password of a URL such as %s', async (password) => {
    const { code, err } = await here.run('hub', '-e', 'x', '--hub', `https://me:${password}@127.0.0.1:9/x.git`);
    expect([code, err]).toEqual([2, expect.stringContaining('fetch the hub https://127.0.0.1:9/x.git, got: ')]);
    expect(err).not.toContain('hidden');
  });

  it('keeps links within an experiment', async () => {
    symlinkSync('experiment.yaml', join(hub.path, 'checkout', 'link.yaml'));
    execFileSync('git', ['-C', hub.path, 'add', '.']);
    execFileSync('git', [
      '-C',
      hub.path,
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@example.com',
      'commit',
      '-qm',
      'link',
    ]);
    expect(await here.run('hub', '-e', 'checkout', '--hub', url)).toMatchObject({ code: 0, err: '' });
    expect(readFileSync(join(here.path, 'checkout', 'link.yaml'), 'utf8')).toBe('- run: echo newest\n');
  });
});
