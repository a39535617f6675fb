import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { NEW_SERIES_MS } from '@redmeter/metric-format';
import { readMetricsFromRedis, renderPairs, renderTextLines, type SendCommand } from '@redmeter/metric-reader';
import { expectPairs, expectText } from '../../../packages/metric-reader/test/expected-answer.js';
import { readFromMemory } from '../../../packages/metric-reader/test/memory-state.js';
import { loadVectors, type Vector } from '../../../packages/metric-reader/test/vectors.js';
import { runScript, settingArguments, type EvalCommand } from './script.js';
import { storeKeys } from './store-keys.js';

const vectors = loadVectors();
const server = useRedisServer();
const send: SendCommand = (command, args) => server.client.callBuffer(command, ...args);

describe('script and port read every vector alike', () => {
  describe.each([...vectors.keys()])('%s', (file) => {
    const cases = (vectors.get(file) ?? []).map((vector) => [vector.name, vector] as const);

    it.each(cases)('%s', async (_name, vector) => {
      await storeKeys(server.client, vector.redis);
      const port = await readByPort(vector);
      const scraped = await readByPort({ ...vector, newMs: vector.newMs ?? NEW_SERIES_MS });
      for (const command of ['EVAL', 'EVAL_RO'] as const) {
        await expectScript(vector, command);
        expect(await runScript(server.client, ['text', ...settingArguments(vector)], command)).toEqual(
          renderTextLines(port.families),
        );
        expect(await runScript(server.client, ['pairs', ...settingArguments(vector)], command)).toEqual(
          renderPairs(port.families),
        );
        expect(await runScript(server.client, ['0', ...settingArguments(vector)], command)).toEqual(
          renderPairs(scraped.families),
        );
      }
      if (vector.scanLimit === undefined) expect(readFromMemory(vector.redis, vector).families).toEqual(port.families);
    });
  });
});

describe('the calls without settings take the clock and the limits from Redis', () => {
  it.each(['EVAL', 'EVAL_RO'] as const)('%s', async (command) => {
    for (const vector of vectors.get('answers.json') ?? []) {
      await storeKeys(server.client, vector.redis);
      const now = `now_ms=${Date.now()}`;
      expect(await runScript(server.client, [], command)).toEqual(
        await runScript(server.client, ['text', now], command),
      );
      expect(await runScript(server.client, ['0'], command)).toEqual(
        await runScript(server.client, ['pairs', now], command),
      );
    }
  });
});

async function readByPort(vector: Vector): ReturnType<typeof readMetricsFromRedis> {
  const { nowMs, maxSeries, newMs, scanLimit, escaping } = vector;
  return readMetricsFromRedis(send, {
    nowMs,
    ...(newMs === undefined ? {} : { newMs }),
    ...(escaping === undefined ? {} : { escaping }),
    ...(maxSeries === undefined ? {} : { maxSeries }),
    ...(scanLimit === undefined ? {} : { scanLimitKeys: scanLimit }),
  });
}

async function expectScript(vector: Vector, command: EvalCommand): Promise<void> {
  const settings = settingArguments(vector);
  expectPairs(await runScript(server.client, ['0', ...settings], command), vector);
  expectText(await runScript(server.client, ['text', ...settings], command), vector);
}
