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

const TIMES = `"created":${NOW_MS - 600_000},"timestamp":${NOW_MS - 1000}`;
const EXEMPLARS = `"exemplars":[{"labels":{"trace_id":"a]"},"value":2,"timestamp":${NOW_MS}}],`;
const WINDOW = `[{"since":${NOW_MS - 90_000},"counts":[0,1,0]},{"since":${NOW_MS - 30_000},"counts":[1,1,0]}]`;

/** As the merge script writes them. */
const LIBRARY_RECORDS = [
  ['counter', `{"type":"counter","value":12.5,${TIMES}}`],
  ['counter', `{"type":"counter","value":1050,${TIMES}}`],
  ['gauge', `{"type":"gauge","mode":"last","value":0.25,"timestamp":${NOW_MS - 1000}}`],
  ...['', EXEMPLARS].map((exemplars) => [
    'histogram',
    `{"type":"histogram","count":4,"sum":19.5,"bounds":[0.5,10],"counts":[1,2,1],"window":${WINDOW},${exemplars}${TIMES}}`,
  ]),
] as const;

/** Some of them with another character somewhere, one more or one less. */
const alteredRecords = fc
  .tuple(
    fc.constantFrom(...LIBRARY_RECORDS),
    fc.nat(),
    fc.constantFrom('', ...Array.from('0123456789,.[]{}":-eé \t\\')),
    fc.constantFrom(0, 1),
  )
  .map(([[type, text], place, character, removed]) => {
    const at = place % text.length;
    return [type, text.slice(0, at) + character + text.slice(at + removed)] as const;
  });

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

  it(
    'take records alike that differ a little from those of the library',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(alteredRecords, { minLength: 1, maxLength: 20 }), async (records) => {
          const state = records.map(([type, text], i) => ({
            key: Buffer.from(`metrics:${type}:m_${type}:i=${i}`),
            content: { kind: 'string' as const, bytes: Buffer.from(text) },
          }));
          await storeKeys(server.client, state);
          const { families } = readFromMemory(state, { nowMs: NOW_MS });
          expect(await runScript(server.client, ['pairs', `now_ms=${NOW_MS}`])).toEqual(renderPairs(families));
        }),
        { numRuns: RUNS },
      );
    },
    60_000 + RUNS * 100,
  );
});
