import { beforeAll, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { readMetricsFromRedis, renderTextLines } from '@redmeter/metric-reader';
import { generateScript } from '../../../packages/metric-reader/src/script/script-constants.js';
import { runScript, SCRIPT } from './script.js';

const server = useRedisServer();

beforeAll(async () => {
  await server.client.mset(
    'metrics:counter:c',
    '1',
    'shop.2:counter:c',
    '2',
    'shop.2-meta:family:c',
    '{"type":"counter","help":"Of the shop."}',
  );
  await server.client.mset('shopx2:counter:c', '3', 'shop.2-meta:counter:c', '4', 'shop.2:{0}:gauge:g:a=b', '5');
  await server.client.sadd('shop.2-meta:keys', 'shop.2:counter:c');
});

it('the script for another prefix reads its series and no others', async () => {
  const script = generateScript(SCRIPT, 'shop.2');
  const lines = await runScript(server.client, ['text'], 'EVAL_RO', script);
  expect(lines).toEqual(expect.arrayContaining(['# HELP c Of the shop.', 'c 2', 'g{a="b"} 5']));
  expect(lines.filter((line) => line.startsWith('c '))).toEqual(['c 2']);
  expect(
    renderTextLines(
      (await readMetricsFromRedis((c, a) => server.client.callBuffer(c, ...a), { prefix: 'shop.2' })).families,
    ),
  ).toEqual(lines);
});

it('the script for another prefix reads its own indexes', async () => {
  const script = generateScript(SCRIPT, 'shop.2');
  const lines = await runScript(server.client, ['text', 'scan_limit=0'], 'EVAL', script);
  expect(lines).toEqual(expect.arrayContaining(['c 2', 'redmeter_scan_disabled 1', 'redmeter_series{type="gauge"} 0']));
});
