import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { renderPairs, renderTextLines } from '@redmeter/metric-reader';
import fc from 'fast-check';
import { readFromMemory } from '../../../packages/metric-reader/test/memory-state.js';
import { jsonLikeTexts, NOW_MS, randomState } from './random-state.js';
import { runScript, settingArguments } from './script.js';
import { storeKeys } from './store-keys.js';

const RUNS = Number(process.env['PARITY_RUNS'] ?? 400);

const ESCAPING = fc.constantFrom('allow-utf-8', 'underscores');

const server = useRedisServer();

describe('script and port', () => {
  it(
    'return the same bytes, whatever Redis contains',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          randomState,
          fc.constantFrom(undefined, 0, 3, 10),
          ESCAPING,
          async (state, maxSeries, escaping) => {
            await storeKeys(server.client, state);
            const { families } = readFromMemory(state, { nowMs: NOW_MS, maxSeries, escaping });
            const settings = settingArguments({ nowMs: NOW_MS, maxSeries, escaping });
            expect(await runScript(server.client, ['text', ...settings])).toEqual(renderTextLines(families));
            expect(await runScript(server.client, ['pairs', ...settings])).toEqual(renderPairs(families));
          },
        ),
        { numRuns: RUNS },
      );
    },
    60_000 + RUNS * 100,
  );

  it(
    'take the same texts for JSON',
    async () => {
      await fc.assert(
        fc.asyncProperty(jsonLikeTexts, async (texts) => {
          const state = texts.map((bytes, i) => ({
            key: Buffer.from(`metrics:gauge:g${i}`),
            content: { kind: 'string' as const, bytes },
          }));
          await storeKeys(server.client, state);
          const { families } = readFromMemory(state, { nowMs: NOW_MS });
          expect(await runScript(server.client, ['pairs', `now_ms=${NOW_MS}`])).toEqual(renderPairs(families));
        }),
        { numRuns: Math.ceil(RUNS / 4) },
      );
    },
    60_000 + RUNS * 100,
  );
});
