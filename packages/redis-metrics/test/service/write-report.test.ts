import { expect, it, jest } from '@jest/globals';
import { resolveOptions } from '../../src/service/resolve-options.js';
import { WriteReport } from '../../src/service/write-report.js';
import { RecordedLog } from './recorded-log.js';

it('logs each kind of failure once until writing works again', () => {
  const log = new RecordedLog();
  const report = new WriteReport(log);
  const fail = (...messages: string[]): void => messages.forEach((message) => report.noteFlush(0, new Error(message)));
  fail('OOM no memory', 'connect ECONNREFUSED', 'OOM no memory', 'Connection is closed.', 'READONLY a replica');
  expect(log.warnings.map((warning) => /written: (\w+)/.exec(warning)?.[1])).toEqual(['OOM', 'connect', 'READONLY']);
  report.noteFlush(0, undefined);
  fail('OOM no memory', 'OOM no memory');
  expect(log.warnings.filter((warning) => warning.includes('OOM'))).toHaveLength(2);
});

it('does not log that writing works again while one shard still fails', () => {
  const log = new RecordedLog();
  const report = new WriteReport(log);
  report.noteFlush(1, new Error('NOPERM no'));
  report.noteFlush(0, undefined);
  report.noteFlush(1, new Error('NOPERM no'));
  expect(log.warnings).toHaveLength(1);
  report.noteFlush(1, undefined);
  expect(log.warnings.slice(1)).toEqual(['redmeter: metrics are written again']);
});

it('logs once that writing works again, at a level that the default logger shows', () => {
  const shown = jest.spyOn(console, 'warn').mockReturnValue(undefined);
  const report = new WriteReport(resolveOptions({ redis: 'redis://127.0.0.1' }).logger);
  report.noteFlush(0, undefined);
  report.noteFlush(0, new Error('connect ECONNREFUSED'));
  report.noteFlush(0, undefined);
  report.noteFlush(0, undefined);
  expect(shown.mock.calls.map(([message]) => String(message))).toEqual([
    expect.stringContaining('ECONNREFUSED'),
    'redmeter: metrics are written again',
  ]);
  shown.mockRestore();
});

it('does not report a flush that ends after the close as written', () => {
  const log = new RecordedLog();
  const report = new WriteReport(log);
  report.noteFlush(0, new Error('connect ECONNREFUSED'));
  report.noteClose(1);
  report.noteFlush(0, undefined);
  expect(log.warnings).toHaveLength(1);
});
