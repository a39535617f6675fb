import { expect, it } from '@jest/globals';
import { handlerDelay } from '../src/handler-delay.js';

async function delaysMs(maxMs: number, drawn: number): Promise<number[]> {
  const waited: number[] = [];
  const wait = (delayMs: number): Promise<void> => {
    waited.push(delayMs);
    return Promise.resolve();
  };
  await handlerDelay(maxMs, { random: () => drawn, wait })();
  return waited;
}

it.each([
  [20, 0.25, [5]],
  [20, 0, [0]],
  [0, 0.25, []],
])('up to %d ms, drawing %d, waits %j', async (maxMs, drawn, waited) => {
  expect(await delaysMs(maxMs, drawn)).toEqual(waited);
});
