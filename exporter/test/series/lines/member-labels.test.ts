import { describe, expect, it } from '@jest/globals';
import { SeriesTable } from '../../../src/series/series-table.js';
import { SeriesUnion } from '../../../src/series/series-union.js';
import { labelText } from '../../../src/series/lines/member-labels.js';

const NOW_MS = 1_763_600_000_000;
const COUNTER = 'metrics:counter:jobs_total:q=a%20%22b%22,redis=own';
const HISTOGRAM = 'metrics:histogram:wait_ms:q=a';
const VALUES: Readonly<Record<string, string>> = {
  [COUNTER]: '{"type":"counter","value":5}',
  [HISTOGRAM]: '{"count":7,"sum":812.5,"bounds":[5,10],"counts":[1,2,4]}',
};

describe('the labels of a key', () => {
  const source = { prefix: 'metrics', targetLabels: [['redis', 'main'] as const], parsed: new Map() };
  const table = new SeriesTable({ ...source, withCreated: false, holdMs: 0 });
  const render = (): string => {
    const { families } = new SeriesUnion().snapshot([{ table, nowMs: NOW_MS, isMissing: false }]);
    return families.flatMap(({ pieces }) => pieces.map(({ bytes }) => bytes.toString())).join('');
  };
  const write = (key: string, value: string): void => {
    table.apply(table.open(key), { kind: 'value', bytes: Buffer.from(value) }, NOW_MS);
  };

  const labels = 'exported_redis="own",q="a \\"b\\"",redis="main"';

  it('are those of the target and its own, escaped', () => {
    for (const [key, value] of Object.entries(VALUES)) write(key, value);
    expect(render()).toContain(`jobs_total{${labels}} 5\n`);
    expect(labelText(table.open(COUNTER), source)).toBe(labels);
  });

  it('are taken as they were parsed, and parsed again only where they are not kept', () => {
    const entry = table.open(COUNTER);
    expect(labelText(entry, { ...source, parsed: new Map([[entry, 'q="kept"']]) })).toBe('q="kept"');
    expect(labelText(entry, source)).toBe(labels);
  });

  it('order the lines when new keys come among those that have theirs', () => {
    // A new neighbour is compared with those that have their line, and all lines of their chunk are made again.
    for (let i = 0; i < 20; i += 1) write(`metrics:counter:jobs_total:q=${i}`, '1');
    const lines = render()
      .split('\n')
      .filter((line) => line.startsWith('jobs_total'));
    expect(lines).toHaveLength(21);
    expect(lines).toEqual([...lines].sort());
  });
});
