import { beforeEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseExperiment } from '../../src/spec/experiment-spec.js';
import { makeCommandFolder, type CommandFolder } from './command-run.js';

let folder: CommandFolder;
beforeEach(() => {
  folder = makeCommandFolder({ FROM_ENVIRONMENT: 'yes' });
});

describe('run --set and --values', () => {
  it('fill in a spec, and its scripts through their environment, --set before files before the environment', async () => {
    await folder.write('first.yaml', 'A: one\nB: 2\nFROM_ENVIRONMENT: file\n');
    await folder.write('second.yaml', 'B: "3"\n');
    await folder.write('experiment.yaml', '- run: echo "$A $B ${C} $FROM_ENVIRONMENT" > printed\n');
    const argv = ['--values', 'first.yaml', '--values', 'second.yaml', '--set', 'A=x=y', '--set', 'C=a b'];
    expect((await folder.run('run', ...argv)).code).toBe(0);
    expect(await readFile(join(folder.path, 'printed'), 'utf8')).toBe('x=y 3 a b file\n');
  });

  it.each([
    [['--set', 'URL'], 'expected --set NAME=VALUE, the name of letters, digits and "_", got "URL"'],
    [['--set', '=1'], 'got "=1"'],
    [['--set', 'a-b=1'], 'got "a-b=1"'],
    [['--values', 'none.yaml'], 'expected to read --values '],
    [['--values', 'list.yaml'], 'list.yaml:1:1: expected a mapping of names and values, got a list of 1'],
    [['--values', 'deep.yaml'], 'deep.yaml:2:1: B: expected a string, a number, true or false, got a mapping with c'],
  ])('%j is refused with 2 and one line', async (argv, message) => {
    await folder.write('experiment.yaml', '- run: "true"\n');
    await folder.write('list.yaml', '- a\n');
    await folder.write('deep.yaml', 'A: 1\nB: {c: 1}\n');
    const { code, err } = await folder.run('run', ...argv);
    expect([code, err.trim().split('\n')]).toEqual([2, [expect.stringContaining(message)]]);
  });
});

describe('a spec that is filled in', () => {
  const load = (
    fields: readonly string[],
    given: Record<string, string>,
    environment: readonly string[] = [],
  ): unknown => {
    const values = {
      given: new Map(Object.entries(given)),
      isInEnvironment: (name: string) => environment.includes(name),
    };
    const text = ['- task: http', '  with:', ...fields.map((field) => `    ${field}`)].join('\n');
    const [task] = parseExperiment(text, 'experiment.yaml', values).tasks;
    return task !== undefined && 'with' in task ? task.with : undefined;
  };

  it('takes what was given, numbers as such, else defaults, and leaves the rest to the environment', () => {
    const fields = ['url: http://${HOST}/${PATH_}', 'qps: ${QPS}', 'headers:', '  a: ${A:-b c}', '  d: "${D}"'];
    expect(load(fields, { HOST: 'x', PATH_: 'p', QPS: '2.5', D: '7' })).toEqual({
      url: 'http://x/p',
      qps: 2.5,
      headers: { a: 'b c', d: '7' },
    });
    expect(load(['url: ${URL:-http://d}'], {})).toEqual({ url: 'http://d' });
    expect(load(['url: ${URL:-http://d}'], { URL: 'http://g' }, ['URL'])).toEqual({ url: 'http://g' });
    expect(load(['url: ${URL:-http://d}', 'headers: {a: "${TOKEN}"}'], {}, ['URL'])).toEqual({
      url: '${URL}',
      headers: { a: '${TOKEN}' },
    });
  });

  it('keeps the place and the text of what is wrong', () => {
    expect(() => load(['url: http://x', 'qps: ${QPS}'], { QPS: 'fast' })).toThrow(
      'experiment.yaml:4:10: [0].with.qps: expected a number, got "fast"',
    );
    expect(() => load(['url: http://x', 'qps: ${QPS}'], {})).toThrow('expected a number, got "${QPS}"');
  });
});
