import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALL_CASES, CHECKED_IN_EVERY_CASE } from '../src/index.js';

const root = join(__dirname, '../../..');
const specification = readFileSync(join(root, 'packages/redis-metrics/docs/merge-script.md'), 'utf8');
const guide = readFileSync(join(root, 'docs/conformance.md'), 'utf8');

/** Ids of the requirements, in the order of the document. */
const ids = [...specification.matchAll(/^- \*\*(W-\d+)\*\* /gm)].map(([, id = '']) => id);
const byNumber = (a: string, b: string): number => Number(a.slice(2)) - Number(b.slice(2));

/** What a row of the table says of a requirement. */
function checkedBy(id: string): string {
  if (CHECKED_IN_EVERY_CASE.some((each) => each === id)) return 'every case';
  const cases = ALL_CASES.filter(({ requirements }) => requirements.some((each) => each === id));
  return cases.length === 0 ? 'no case' : cases.map(({ name }) => `\`${name}\``).join(', ');
}

describe('the specification', () => {
  it('has each number once, without holes', () => {
    const expected = Array.from({ length: ids.length }, (_, i) => `W-${i + 1}`);
    expect([...ids].sort(byNumber)).toEqual(expected);
    expect(ids.length).toBeGreaterThanOrEqual(58);
  });

  it('states in each requirement how binding it is', () => {
    const items = [...specification.matchAll(/^- \*\*(W-\d+)\*\* ([^]*?)(?=\n(?:- \*\*|\n))/gm)];
    const weak = items.filter(([, , text = '']) => !/\b(?:MUST|SHOULD|MAY)\b/.test(text)).map(([, id]) => id);
    expect(weak).toEqual([]);
    expect(items).toHaveLength(ids.length);
  });

  it('names no requirement that is not there', () => {
    const named = [...`${specification}${guide}`.matchAll(/\bW-\d+\b/g)].map(([id]) => id);
    expect(named.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('shows which cases check each requirement', () => {
    const rows = [...specification.matchAll(/^\| (W-\d+) +\| (.*?) +\|$/gm)].map(([, id, text]) => [id, text]);
    expect(rows).toEqual([...ids].sort(byNumber).map((id) => [id, checkedBy(id)]));
  });
});

describe('the cases', () => {
  it('have names of their own, and requirements of the specification', () => {
    const names = ALL_CASES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const checked = [...CHECKED_IN_EVERY_CASE, ...ALL_CASES.flatMap(({ requirements }) => requirements)];
    expect(checked.filter((id) => !ids.includes(id))).toEqual([]);
  });
});
