import { expect, it, jest } from '@jest/globals';
import type { WriterId } from '../../src/service/writer-id.js';

/** As from a copy of the library that is bundled by itself. */
function takeFromCopy(): WriterId {
  let taken: WriterId | undefined;
  jest.isolateModules(() => {
    const { takeWriterId } = jest.requireActual<typeof import('../../src/service/writer-id.js')>(
      '../../src/service/writer-id.js',
    );
    taken = takeWriterId();
  });
  if (taken === undefined) throw new Error('expected a name, got none');
  return taken;
}

it('gives services of one process different names, also with two copies of the library', () => {
  const [first, second, third] = [takeFromCopy(), takeFromCopy(), takeFromCopy()];
  expect(first.text).toMatch(new RegExp(`^.+-${process.pid}$`));
  expect([second.text, third.text]).toEqual([`${first.text}.2`, `${first.text}.3`]);
  second.release();
  expect(takeFromCopy().text).toBe(second.text);
});
