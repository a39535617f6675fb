import { buildSeriesKey } from '@redmeter/metric-format';
import { demand } from '../requirement.js';
import { droppedIn } from '../scene/writer.js';
import type { ConformanceCase } from './conformance-case.js';

const UTF8_NAMES = [
  ...[
    'http.server.requests',
    '1st',
    'a-b',
    'a b',
    'ä 漢字 😀',
    '100%',
    'a:b',
    'a,b=c',
    '{"x"}',
    'back\\slash',
    'line\nfeed',
    '\u0085',
  ],
  ...['%41', 'upper.CASE'],
];

/** Names beyond letters, digits and `_`: a writer drops them, or writes the keys of the format. */
export const utf8NamesCase: ConformanceCase = {
  name: 'utf8-names',
  requirements: ['W-1', 'W-2', 'W-4', 'W-6'],
  async run(scene) {
    const writer = await scene.open();
    await writer.declare({ type: 'counter', name: 'named', labels: UTF8_NAMES });
    for (const name of UTF8_NAMES) {
      await writer.declare({ type: 'counter', name });
      await writer.record({ name, value: 1 });
      await writer.record({ name: 'named', labels: { [name]: 'x' }, value: 1 });
    }
    // Sorted by bytes, other than by the units of UTF-16.
    const unsorted = { '😀': 'x', '\uffee': 'y', 'a.b': 'z' };
    await writer.declare({ type: 'counter', name: 'sorted', labels: Object.keys(unsorted) });
    await writer.record({ name: 'sorted', labels: unsorted, value: 1 });
    await scene.write(writer);
    await scene.expectPresence(writer, ['W-1', 'W-6']);
    const { prefix } = scene;
    const allowed = UTF8_NAMES.flatMap((name) => [
      buildSeriesKey({ prefix }, 'counter', name, []),
      buildSeriesKey({ prefix }, 'counter', 'named', [[name, 'x']]),
    ]);
    allowed.push(buildSeriesKey({ prefix }, 'counter', 'sorted', Object.entries(unsorted)));
    const keys = await scene.redis.keys(`${prefix}:counter:*`);
    const written = allowed.filter((key) => keys.includes(key)).length;
    const statistics = await scene.expectStatistics(writer, { pending: 0 });
    const lost = allowed.length - written - droppedIn(statistics);
    demand(lost === 0, ['W-1', 'W-2', 'W-4'], 'each name written as the format says, or dropped', keys.join(' '));
  },
};
