import { expect, it } from '@jest/globals';
import { Exposition } from '../../src/exposition/exposition.js';
import type { Format } from '../../src/exposition/format.js';
import { TextPiece } from '../../src/text/text-piece.js';
import type { ShownFamily } from '../../src/series/shown-family.js';

const JOBS: ShownFamily = {
  name: 'jobs_ms_total',
  type: 'counter',
  help: 'Time of jobs.',
  unit: undefined,
  pieces: [TextPiece.of(['jobs_ms_total 1\n'])],
  openMetrics: undefined,
};

const CHANGES: readonly (readonly [string, readonly ShownFamily[]])[] = [
  ['its help', [{ ...JOBS, help: 'Time of all jobs.' }]],
  ['its type', [{ ...JOBS, type: 'gauge' }]],
  ['its unit', [{ ...JOBS, unit: 'ms' }]],
  ['what else has its name in OpenMetrics', [{ ...JOBS, name: 'jobs_ms', type: 'gauge' }, JOBS]],
];

it.each(CHANGES)('says of a family what is so now, when what changed is %s', (_what, changed) => {
  for (const format of ['text', 'openmetrics'] as const) {
    const kept = new Exposition(false);
    for (const families of [[JOBS], changed, [JOBS]]) {
      const text = textOf(kept, families, format);
      expect(text).toBe(textOf(new Exposition(false), families, format));
      expect(textOf(kept, families, format)).toBe(text);
    }
  }
  expect(textOf(new Exposition(false), changed, 'openmetrics')).not.toBe(
    textOf(new Exposition(false), [JOBS], 'openmetrics'),
  );
});

function textOf(exposition: Exposition, families: readonly ShownFamily[], format: Format): string {
  return Buffer.concat(exposition.pieces(families, format).map(({ bytes }) => bytes)).toString();
}
