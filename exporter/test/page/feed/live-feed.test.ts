import { beforeEach, describe, expect, it } from '@jest/globals';
import type { StateEvent } from '../../../page/src/protocol.js';
import { TextPiece } from '../../../src/text/text-piece.js';
import { LiveFeed, type Events } from '../../../src/page/feed/live-feed.js';
import { viewerRequest } from '../../../src/page/feed/viewer-request.js';
import type { ShownMetrics } from '../../../src/scrape/scraper.js';
import type { ShownFamily } from '../../../src/series/shown-family.js';

const counter = (name: string, lines: readonly string[]): ShownFamily => ({
  name,
  type: 'counter',
  help: `Help of ${name}.`,
  unit: undefined,
  pieces: [TextPiece.of(lines.map((line) => `${name}${line}\n`))],
  openMetrics: undefined,
});

/** A browser of the test's own. */
class TestViewer implements Events {
  isReady = true;
  isEnded = false;
  readonly events: (readonly [name: string, data: unknown])[] = [];

  send(event: string, data: unknown): void {
    this.events.push([event, data]);
  }

  end(): void {
    this.isEnded = true;
  }

  get last(): StateEvent {
    return this.events.at(-1)?.[1] as StateEvent;
  }
}

let families: ShownFamily[];
let reads: number;
/** Readings whose texts stay unchanged. */
let held: number;
let isDown: boolean;
let timers: { readonly callback: () => void; readonly ms: number }[];
let viewers: number;
let feed: LiveFeed;
beforeEach(() => {
  families = [];
  reads = 0;
  held = 0;
  isDown = false;
  timers = [];
  viewers = 0;
  let nowMs = 0;
  feed = new LiveFeed({
    read: async (): Promise<ShownMetrics> => {
      reads += 1;
      nowMs += 100;
      await settled();
      if (isDown) return { kind: 'failed', why: 'no answer' };
      held += 1;
      return { kind: 'shown', families, nowMs: 1_000_000 + nowMs, release: () => (held -= 1) };
    },
    intervalMs: 300,
    maxViewers: 2,
    now: () => nowMs,
    later: (callback, ms) => {
      const timer = { callback, ms };
      timers.push(timer);
      return () => (timers = timers.filter((other) => other !== timer));
    },
    onViewers: (count) => (viewers = count),
    onError: (error) => {
      throw error;
    },
  });
});

const settled = async (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const add = async (query = ''): Promise<TestViewer> => {
  const viewer = new TestViewer();
  feed.add(viewer, viewerRequest(new URLSearchParams(query)));
  await settle();
  return viewer;
};
const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i += 1) await settled();
};
const elapse = async (): Promise<void> => {
  const [timer, ...others] = timers;
  timers = others;
  timer?.callback();
  await settle();
};

describe('a feed', () => {
  it('does not read before the first viewer, nor after the last', async () => {
    expect(reads).toBe(0);
    const viewer = await add();
    expect(reads).toBe(1);
    await elapse();
    expect(reads).toBe(2);
    feed.remove(viewer);
    expect(viewers).toBe(0);
    expect(held).toBe(1);
    await elapse();
    expect(held).toBe(0);
    expect(reads).toBe(2);
    expect(timers).toEqual([]);
    await add();
    expect(reads).toBe(3);
  });

  it('reads once for all, and sends a viewer that comes in between the last reading', async () => {
    families = [counter('a', [' 1'])];
    const [first, second] = await Promise.all([add(), add()]);
    expect(reads).toBe(1);
    expect(first.last).toEqual(second.last);
    feed.remove(second);
    const third = await add();
    expect(reads).toBe(1);
    expect(third.last.families.map(({ name }) => name)).toEqual(['a']);
    await elapse();
    expect(reads).toBe(2);
  });

  it('has room for so many and no more', async () => {
    await add();
    expect(feed.hasRoom).toBe(true);
    const second = await add();
    expect(feed.hasRoom).toBe(false);
    feed.remove(second);
    expect(feed.hasRoom).toBe(true);
  });

  it('rests longer after a reading that took long', async () => {
    await add();
    expect(timers[0]?.ms).toBe(500);
  });

  it('sends everything first, then what changed', async () => {
    const kept = counter('kept_total', ['{q="a"} 1']);
    families = [counter('jobs_total', ['{q="a"} 1', '{q="b"} 2']), kept];
    const viewer = await add('open=jobs_total');
    expect(viewer.last).toMatchObject({ isFirst: true, gone: [], more: 0 });
    expect(viewer.last.families.map(({ name, series, sum }) => [name, series, sum])).toEqual([
      ['jobs_total', 2, 3],
      ['kept_total', 1, 1],
    ]);
    expect(viewer.last.open).toEqual([
      {
        name: 'jobs_total',
        came: [
          { id: 1, labels: [['q', 'a']] },
          { id: 2, labels: [['q', 'b']] },
        ],
        gone: [],
        values: [
          [1, ['1']],
          [2, ['2']],
        ],
        order: [1, 2],
        more: 0,
      },
    ]);
    await elapse();
    expect(viewer.last).toMatchObject({ isFirst: false, families: [], gone: [], open: [] });
    expect(viewer.last).not.toHaveProperty('totals');
    families = [counter('jobs_total', ['{q="b"} 5', '{q="c"} 1']), kept];
    await elapse();
    expect(viewer.last.families.map(({ name, sum }) => [name, sum])).toEqual([['jobs_total', 6]]);
    expect(viewer.last.open).toEqual([
      {
        name: 'jobs_total',
        came: [{ id: 3, labels: [['q', 'c']] }],
        gone: [1],
        values: [
          [2, ['5']],
          [3, ['1']],
        ],
        order: [2, 3],
        more: 0,
      },
    ]);
    families = [kept];
    await elapse();
    expect(viewer.last).toMatchObject({ families: [], gone: ['jobs_total'] });
  });

  it('lists the series of open families only, and at most the requested number', async () => {
    families = [
      counter(
        'many_total',
        Array.from({ length: 3000 }, (_, i) => `{i="${10_000 + i}"} 1`),
      ),
    ];
    const closed = await add();
    expect(closed.last.open).toEqual([]);
    expect(closed.last.families[0]).toMatchObject({ series: 3000, samples: 3000, sum: 3000 });
    feed.remove(closed);
    const open = await add('open=many_total:99999');
    expect(open.last.open[0]?.came).toHaveLength(1000);
    expect(open.last.open[0]?.more).toBe(2000);
    const filtered = await add('open=many_total&q=i=1299*');
    expect(filtered.last.families[0]).toMatchObject({ series: 10 });
    expect(filtered.last.open[0]).toMatchObject({ more: 0, order: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] });
  });

  it('lists a limited number of families and how many more there are', async () => {
    families = Array.from({ length: 600 }, (_, i) => counter(`f${1000 + i}`, [' 1']));
    const viewer = await add();
    expect(viewer.last.families).toHaveLength(500);
    expect(viewer.last.more).toBe(100);
    expect(viewer.last.totals).toMatchObject({ families: 600, series: 600 });
  });

  it('puts the percentiles of a histogram beside it', async () => {
    const gauge = (name: string, value: string): ShownFamily => ({
      ...counter(name, [`{q="a"} ${value}`]),
      type: 'gauge',
    });
    const lines = ['_bucket{q="a",le="1"} 2', '_bucket{q="a",le="+Inf"} 3', '_sum{q="a"} 4.5', '_count{q="a"} 3'];
    const pieces = [TextPiece.of([`${lines.map((line) => `wait_ms${line}`).join('\n')}\n`])];
    families = [
      { ...counter('wait_ms', []), type: 'histogram', pieces },
      gauge('wait_ms_p50', '0.5'),
      gauge('wait_ms_p95', '1'),
      gauge('wait_ms_p99', '1'),
    ];
    const viewer = await add('open=wait_ms');
    expect(viewer.last.families).toEqual([
      expect.objectContaining({ name: 'wait_ms', series: 1, samples: 7, sum: 3, percentiles: [0.5, 1, 1] }),
    ]);
    expect(viewer.last.open[0]?.values).toEqual([[1, ['3', '4.5', '0.5', '1', '1']]]);
  });

  it('finds percentiles whatever the order of the pieces, as those of shards follow one another', async () => {
    const series = ['b', 'd', 'a', 'c'];
    const pieces = (lines: (q: string, i: number) => string): readonly TextPiece[] =>
      [series.slice(0, 2), series.slice(2)].map((some) => TextPiece.of(some.map((q) => lines(q, series.indexOf(q)))));
    families = [
      {
        ...counter('wait_ms', []),
        type: 'histogram',
        pieces: pieces(
          (q) => `wait_ms_bucket{q="${q}",le="+Inf"} 1\nwait_ms_sum{q="${q}"} 2\nwait_ms_count{q="${q}"} 1\n`,
        ),
      },
      { ...counter('wait_ms_p95', []), type: 'gauge', pieces: pieces((q, i) => `wait_ms_p95{q="${q}"} ${i}\n`) },
    ];
    const viewer = await add('open=wait_ms');
    expect(viewer.last.open[0]?.values.map(([, values]) => values[3])).toEqual(['0', '1', '2', '3']);
  });

  it('sends nothing to a viewer that has not read what it got, and later what it missed', async () => {
    families = [counter('a', [' 1'])];
    const viewer = await add();
    viewer.isReady = false;
    families = [counter('a', [' 2'])];
    await elapse();
    families = [counter('a', [' 3'])];
    await elapse();
    expect(viewer.events).toHaveLength(1);
    viewer.isReady = true;
    await elapse();
    expect(viewer.events).toHaveLength(2);
    expect(viewer.last).toMatchObject({ isFirst: false, families: [{ name: 'a', sum: 3 }] });
  });

  it('names the nodes whose series are missing', async () => {
    const lines = ['{node="10.0.0.1:7000",redis="a"} 1', '{node="10.0.0.2:7000",redis="a"} 0'];
    families = [{ ...counter('redmeter_node_up', lines), type: 'gauge' }];
    expect((await add()).last.totals?.missingNodes).toEqual(['10.0.0.2:7000']);
  });

  it('reports why Redis cannot be read, and continues from what it sent before', async () => {
    families = [counter('a', [' 1'])];
    const viewer = await add();
    isDown = true;
    await elapse();
    expect(viewer.events.at(-1)).toEqual(['down', { why: 'no answer' }]);
    isDown = false;
    await elapse();
    expect(viewer.last).toMatchObject({ isFirst: false, families: [] });
  });

  it('ends all streams when it is closed', async () => {
    const viewer = await add();
    feed.close();
    expect(viewer.isEnded).toBe(true);
    expect(timers).toEqual([]);
    expect(feed.hasRoom).toBe(false);
  });
});
