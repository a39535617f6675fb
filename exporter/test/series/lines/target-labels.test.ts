import { expect, it } from '@jest/globals';
import type { Label } from '@redmeter/metric-format';
import { withTargetLabels } from '../../../src/series/lines/target-labels.js';

const ZONE: Label = ['zone', 'eu'];

it.each<[string, Label[], Label[], Label[]]>([
  ['are added, sorted by name', [['a', '1']], [ZONE, ['job', 'j']], [['a', '1'], ['job', 'j'], ZONE]],
  ['take the place of others, which are prefixed', [['zone', 'a']], [ZONE], [['exported_zone', 'a'], ZONE]],
  [
    'leave no two labels of one name',
    [
      ['exported_zone', 'b'],
      ['zone', 'a'],
    ],
    [['exported_zone', 'q'], ZONE],
    [['exported_exported_exported_zone', 'a'], ['exported_exported_zone', 'b'], ['exported_zone', 'q'], ZONE],
  ],
])('labels of a target %s', (_what, labels, target, expected) => {
  expect(withTargetLabels(labels, target)).toEqual(expected);
});
