import { afterEach, expect, it, jest } from '@jest/globals';
import { AwaySeries } from '../src/away-series.js';
import { CounterSeries } from '../src/counter-series.js';
import { CounterFamily } from '../src/metric-family.js';
import { recordingScope } from './recording-scope.js';

afterEach(() => {
  jest.restoreAllMocks();
});

it('keeps nothing of a series that went and came back', () => {
  const register = jest.spyOn(FinalizationRegistry.prototype, 'register');
  const unregister = jest.spyOn(FinalizationRegistry.prototype, 'unregister');
  const series = new CounterSeries('metrics:counter:jobs', new CounterFamily('jobs', recordingScope()));
  const away = new AwaySeries();
  for (let i = 0; i < 100; i += 1) {
    away.add(series);
    expect(away.get(series.key)).toBe(series);
    away.delete(series);
    expect(away.get(series.key)).toBeUndefined();
  }
  expect(register).toHaveBeenCalledTimes(100);
  expect(unregister.mock.results.map(({ value }) => value)).toEqual(Array.from({ length: 100 }, () => true));
});
