import { describe, expect, it } from '@jest/globals';
import { ProgressLine } from '../../src/cli/progress-line.js';

function drawnOn(isErrorTerminal: boolean): { line: ProgressLine; drawn: string[] } {
  const drawn: string[] = [];
  const line = new ProgressLine({
    workingFolder: '/',
    variables: {},
    writeOut: (text) => drawn.push(`out: ${text}`),
    writeError: (text) => drawn.push(text),
    isErrorTerminal,
    signal: new AbortController().signal,
  });
  return { line, drawn };
}

const load = (done: number): Parameters<ProgressLine['show']>[0] => ({
  label: 'version 0 built-in',
  done,
  total: 100,
  unit: 'requests',
});

describe('the progress line on a terminal', () => {
  it('draws a bar over itself, at most ten times a second, and always the end', () => {
    const { line, drawn } = drawnOn(true);
    line.show(load(0), 0);
    line.show(load(10), 50);
    line.show(load(50), 100);
    line.show(load(100), 110);
    expect(drawn).toEqual([
      `\r\u001b[K  version 0 built-in [${'.'.repeat(30)}] 0/100 requests`,
      `\r\u001b[K  version 0 built-in [${'#'.repeat(15)}${'.'.repeat(15)}] 50/100 requests`,
      `\r\u001b[K  version 0 built-in [${'#'.repeat(30)}] 100/100 requests`,
    ]);
  });

  it('draws a number where the end is not known', () => {
    const { line, drawn } = drawnOn(true);
    line.show({ label: 'waiting', done: 3.7, unit: 's' }, 0);
    expect(drawn).toEqual(['\r\u001b[K  waiting: 3 s']);
  });

  it('goes away before anything else is printed, once', () => {
    const { line, drawn } = drawnOn(true);
    line.clear();
    line.show(load(100), 0);
    line.clear();
    line.clear();
    expect(drawn.slice(1)).toEqual(['\r\u001b[K']);
  });
});

it('is quiet in a pipe', () => {
  const { line, drawn } = drawnOn(false);
  line.show(load(100), 0);
  line.clear();
  expect(drawn).toEqual([]);
});
