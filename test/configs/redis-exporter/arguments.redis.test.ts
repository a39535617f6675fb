import { beforeAll, describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { runScript } from './script.js';

const server = useRedisServer();

beforeAll(async () => {
  await server.client.set('metrics:counter:c', '5');
});

describe("the script's arguments", () => {
  it.each([
    ['2', 'ERR redis-exporter.lua: the first argument is "2", expected "0", "pairs", "text" or none'],
    ['', 'ERR redis-exporter.lua: the first argument is "", expected "0", "pairs", "text" or none'],
    ['TEXT\r\n+OK', 'ERR redis-exporter.lua: the first argument is "TEXT??+OK", expected "0", "pairs", "text" or none'],
  ])('refuse the form %j', async (form, message) => {
    await expect(runScript(server.client, [form])).rejects.toThrow(message);
  });

  it.each([
    'x=1',
    'now_ms',
    'now_ms=',
    'now_ms=-1',
    'now_ms=1.5',
    'max_series=1e9',
    'max_series=1234567890123456',
    'escaping=dots',
    'escaping',
    ' ',
  ])('refuse the setting %j', async (setting) => {
    await expect(runScript(server.client, ['0', 'max_series=5', setting])).rejects.toThrow(
      `ERR redis-exporter.lua: a setting is "${setting}", expected now_ms=, max_series= or scan_limit= and a whole number`,
    );
  });

  it('refuse to escape names on one of several pages, which does not know the names of the others', async () => {
    const settings = ['page=1', 'pages=2', 'escaping=underscores'];
    await expect(runScript(server.client, ['0', ...settings])).rejects.toThrow(
      'ERR redis-exporter.lua: the escaping is "underscores", expected allow-utf-8 with several pages',
    );
  });

  it('leave nothing changed behind', async () => {
    const before = await server.client.dbsize();
    const digest = await server.client.call('DEBUG', 'DIGEST').catch(() => 'DEBUG is off');
    await runScript(server.client, ['text']);
    expect(await server.client.dbsize()).toBe(before);
    expect(await server.client.call('DEBUG', 'DIGEST').catch(() => 'DEBUG is off')).toEqual(digest);
  });
});

describe('a person', () => {
  it('reads a line an element', async () => {
    const lines = await runScript(server.client);
    expect(lines.slice(0, 3)).toEqual(['# HELP c Recorded without help text.', '# TYPE c counter', 'c 5']);
    expect(lines.filter((line) => line.includes('\n'))).toEqual([]);
  });
});
