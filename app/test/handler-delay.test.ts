import { expect, it } from '@jest/globals';
import { handlerDelay } from '../src/handler-delay.js';

async function delaysMs(maxMs: number, drawn: number, extraMs: number): Promise<number[]> {
  const waited: number[] = [];
  const wait = (delayMs: number): Promise<void> => {
    waited.push(delayMs);
    return Promise.resolve();
  };
  await handlerDelay(maxMs, { random: () => drawn, extraMs, wait })();
  return waited;
}

it.each([
  [20, 0.25, 0, [5]],
  [20, 0, 0, [0]],
  [0, 0.25, 0, []],
  [20, 0.25, 40, [45]],
  [0, 0.25, 40, [40]],
])('up to %d ms, drawing %d, and %d ms more, waits %j', async (maxMs, drawn, extraMs, waited) => {
  expect(await delaysMs(maxMs, drawn, extraMs)).toEqual(waited);
});
