import { expect, it } from '@jest/globals';
import { WriteReport } from '../src/write-report.js';
import { RecordedLog } from './service/recorded-log.js';

it('tells each kind of failure once until writing works again', () => {
  const log = new RecordedLog();
  const report = new WriteReport(log);
  const fail = (...messages: string[]): void => messages.forEach((message) => report.noteFlush(new Error(message)));
  fail('OOM no memory', 'connect ECONNREFUSED', 'OOM no memory', 'Connection is closed.', 'READONLY a replica');
  expect(log.warnings.map((warning) => /written: (\w+)/.exec(warning)?.[1])).toEqual(['OOM', 'connect', 'READONLY']);
  report.noteFlush(undefined);
  report.noteFlush(undefined);
  fail('OOM no memory', 'OOM no memory');
  expect(log.warnings).toHaveLength(4);
});
