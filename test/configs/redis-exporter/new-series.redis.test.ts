import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { NEW_SERIES_MS } from '@redmeter/metric-format';
import { readMetricsFromRedis, renderPairs } from '@redmeter/metric-reader';
import type { Redis } from 'ioredis';
import { runScript, SCRIPT } from './script.js';

const NOW_MS = 1_763_600_100_000;
const AGE_MS = 3000;
const RECORD = `{"type":"counter","value":5,"created":${NOW_MS - AGE_MS},"timestamp":${NOW_MS}}`;
const server = useRedisServer({ flushBeforeEach: true });

async function shownToPrometheus(client: Redis): Promise<string | undefined> {
  const pairs = await runScript(client, ['0', `now_ms=${NOW_MS}`], 'EVAL_RO');
  return pairs[pairs.indexOf('c') + 1];
}

async function shownByPort(): Promise<string | undefined> {
  const { families } = await readMetricsFromRedis((command, args) => server.client.callBuffer(command, ...args), {
    nowMs: NOW_MS,
    newMs: NEW_SERIES_MS,
  });
  const pairs = renderPairs(families);
  return pairs[pairs.indexOf('c') + 1];
}

describe('a new counter', () => {
  it.each([
    ['without an end', undefined, '0'],
    ['that lives on for long', 3_600_000, '0'],
    ['that lives on for less than it has lived', AGE_MS - 100, '5'],
  ])('%s', async (_, leftMs, value) => {
    await server.client.set('metrics:counter:c', RECORD);
    if (leftMs !== undefined) await server.client.pexpire('metrics:counter:c', leftMs);
    expect(await shownToPrometheus(server.client)).toBe(value);
    expect(await shownByPort()).toBe(value);
  });

  it('is 0 also to a user who may not ask how long it lives', async () => {
    await server.client.set('metrics:counter:c', RECORD);
    await server.client.acl(
      'SETUSER',
      'old',
      'on',
      'nopass',
      '~*',
      '-@all',
      '+eval_ro',
      '+time',
      '+dbsize',
      '+scan',
      '+get',
    );
    const user = await server.connect();
    await user.auth('old', 'x');
    expect(await shownToPrometheus(user)).toBe('0');
  });

  it('is 0 by the clock of Redis, and for people what it is', async () => {
    const [seconds] = await server.client.time();
    await server.client.set('metrics:counter:c', `{"type":"counter","value":5,"created":${Number(seconds) * 1000}}`);
    const scraped = await runScript(server.client, ['0']);
    expect(scraped[scraped.indexOf('c') + 1]).toBe('0');
    const pairs = await runScript(server.client, ['pairs']);
    expect(pairs[pairs.indexOf('c') + 1]).toBe('5');
    expect(await runScript(server.client)).toContain('c 5');
  });
});

it('the script is as long new as the stack scrapes', () => {
  expect(SCRIPT).toContain(`\nlocal NEW_SERIES_MS = ${NEW_SERIES_MS}\n`);
});
