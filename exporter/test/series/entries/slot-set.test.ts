import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SlotSet } from '../../../src/series/entries/slot-set.js';

it('holds what was added and not deleted, also after it has grown', () => {
  const MAX = 200;
  const step = fc.oneof(
    fc.record({ kind: fc.constantFrom('add' as const, 'delete' as const), slot: fc.nat(MAX - 1) }),
    fc.record({ kind: fc.constantFrom('clear' as const, 'grow' as const), slot: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let size = 1;
      const slots = new SlotSet(size);
      const expected = new Set<number>();
      for (const { kind, slot } of steps) {
        if (kind === 'clear') {
          slots.clear();
          expected.clear();
        } else if (kind === 'grow') slots.grow((size = Math.min(MAX, size * 7)));
        else if (slot < size) {
          slots[kind](slot);
          expected[kind](slot);
        }
        for (let one = 0; one < size; one += 1) expect(slots.has(one)).toBe(expected.has(one));
      }
    }),
  );
});
