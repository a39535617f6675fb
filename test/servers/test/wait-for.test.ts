import { expect, it } from '@jest/globals';
import { waitFor } from '../src/index.js';

it('tries again while the probe returns false or undefined, and returns its value', async () => {
  const values = [undefined, false, 0] as const;
  let calls = 0;
  expect(await waitFor(() => values[calls++])).toBe(0);
  expect(calls).toBe(3);
});

it('fails after the time-out with what it waited for', async () => {
  await expect(waitFor(() => false, 'the moon is green', 1)).rejects.toThrow('expected within 1 ms: the moon is green');
  const isGreen = (): boolean => false;
  await expect(waitFor(() => isGreen(), undefined, 1)).rejects.toThrow('isGreen()');
});

it('fails at once with an error of the probe', async () => {
  const probe = (): never => {
    throw new Error('no such page');
  };
  await expect(waitFor(probe)).rejects.toThrow('no such page');
});
