import { alignedColumns } from '@redmeter/stack';
import { cuts, hits, type ChaosResult } from './chaos-case.js';

const HEAD = [
  'fault',
  'hit',
  'not run',
  'run',
  'either',
  'recordings',
  'applied',
  'duplicate',
  'gap',
  'checked',
  'dropped',
  'sums',
  's',
];

/** What came of each kind of fault, for people. */
export function resultTable(results: readonly ChaosResult[]): string {
  const rows = results.map((result) => {
    const { answers, differences, dropped, durationMs, name, recordings, strikes } = result;
    return [
      name,
      ...[hits(strikes), strikes.before, strikes.after, strikes.unknown, recordings],
      ...[
        answers['applied'] ?? 0,
        answers['duplicate'] ?? 0,
        (answers['gap'] ?? 0) + (answers['unknown'] ?? 0),
        result.checked,
        dropped,
      ],
      differences.length === 0 ? 'exact' : 'DIFFER',
      Math.round(durationMs / 1000),
    ].map(String);
  });
  const { before, after } = cuts(results);
  const ofCuts = ['all cuts', before + after, before, after].map(String);
  return `${alignedColumns([HEAD, ...rows, ofCuts], 'right')}\n`;
}
