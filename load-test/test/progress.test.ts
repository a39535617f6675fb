import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { endpoints } from '../profiles.js';
import { EndpointResults } from '../src/endpoint-results.js';
import { showProgress } from '../src/progress.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

interface Stream {
  readonly isTTY: boolean;
  written: string;
  write(text: string): void;
}

const stream = (isTTY: boolean): Stream => ({
  isTTY,
  written: '',
  write(text) {
    this.written += text;
  },
});

it('writes over one line each second on a terminal, and clears it', () => {
  const results = new EndpointResults(endpoints);
  const terminal = stream(true);
  const hide = showProgress(terminal, results, () => 'stage 1 of 1');
  expect(terminal.written).toBe('\r\x1b[Kstage 1 of 1  0 s  0 requests  0 errors');
  terminal.written = '';
  for (const endpoint of endpoints) results.unanswered(endpoint);
  jest.advanceTimersByTime(1000);
  expect(terminal.written).toBe('\r\x1b[Kstage 1 of 1  1 s  6 requests  6 errors');
  terminal.written = '';
  hide();
  expect(terminal.written).toBe('\r\x1b[K');
  expect(jest.getTimerCount()).toBe(0);
});

it('is quiet in a pipe', () => {
  const pipe = stream(false);
  const hide = showProgress(pipe, new EndpointResults(endpoints), () => 'stage 1 of 1');
  jest.advanceTimersByTime(5000);
  hide();
  expect(pipe.written).toBe('');
});
