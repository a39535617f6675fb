import { expect, it, jest } from '@jest/globals';
import { handlerDelay } from '../src/handler-delay.js';

it('takes a random part of the longest time', async () => {
  jest.useFakeTimers();
  try {
    let isOver = false;
    const waited = handlerDelay(1000, () => 0.25)().then(() => (isOver = true));
    await jest.advanceTimersByTimeAsync(249);
    expect(isOver).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    await waited;
  } finally {
    jest.useRealTimers();
  }
});

it('takes no time at all when it is switched off, not even a timer', async () => {
  jest.useFakeTimers();
  try {
    await handlerDelay(0)();
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});
