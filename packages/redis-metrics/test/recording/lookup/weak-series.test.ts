import { afterEach, expect, it, jest } from '@jest/globals';
import { WeakSeries } from '../../../src/recording/lookup/weak-series.js';
import { CounterSeries } from '../../../src/recording/series/counter-series.js';
import { CounterFamily } from '../../../src/recording/families/counter-family.js';
import { recordingScope } from '../recording-scope.js';

afterEach(() => {
  jest.restoreAllMocks();
});

it('keeps nothing of a series that went and came back', () => {
  const register = jest.spyOn(FinalizationRegistry.prototype, 'register');
  const unregister = jest.spyOn(FinalizationRegistry.prototype, 'unregister');
  const series = new CounterSeries('metrics:counter:jobs', new CounterFamily('jobs', recordingScope()));
  const weak = new WeakSeries();
  for (let i = 0; i < 100; i += 1) {
    weak.add(series);
    expect(weak.get(series.key)).toBe(series);
    weak.delete(series);
    expect(weak.get(series.key)).toBeUndefined();
  }
  expect(register).toHaveBeenCalledTimes(100);
  expect(unregister.mock.results.map(({ value }) => value)).toEqual(Array.from({ length: 100 }, () => true));
});
