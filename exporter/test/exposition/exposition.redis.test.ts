import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { MAX_ANSWER_SERIES } from '@redmeter/metric-format';
import { readMetricsFromRedis, renderText, reportSamples } from '@redmeter/metric-reader';
import { spawnSync } from 'node:child_process';
import { storeKeys } from '../../../test/configs/redis-exporter/store-keys.js';
import { loadVectors } from '../../../packages/metric-reader/test/vectors.js';
import { TextPiece } from '../../src/text/text-piece.js';
import { Exposition } from '../../src/exposition/exposition.js';
import { ownLines } from '../../src/exposition/own-family.js';
import { shownReport } from '../../src/scrape/own-metrics.js';
import { newReader, textOf } from '../reading/application-text.js';
import { decodeFamilies, textOfFamilies } from '../protobuf/decoded-families.js';
import { checkExposition } from './exposition-checker.js';

const vectors = new Map(loadVectors());
const server = useRedisServer();

describe.each([...vectors.keys()])('of %s', (file) => {
  it.each((vectors.get(file) ?? []).map((vector) => [vector.name, vector] as const))('%s', async (_name, vector) => {
    await storeKeys(server.client, vector.redis);
    const maxSeries = vector.maxSeries ?? MAX_ANSWER_SERIES;
    const limit = vector.scanLimit === undefined ? {} : { scanLimitKeys: vector.scanLimit };
    const { nowMs } = vector;
    const result = await newReader(server.client, { ...limit, maxSeries, now: () => nowMs, withCreated: true }).read();
    const reference = await readMetricsFromRedis((command, args) => server.client.callBuffer(command, ...args), {
      ...limit,
      maxSeries,
      nowMs,
    });

    const report = reportSamples({ ...result, ...result.snapshot });
    const reported = shownReport(report).map((family) => {
      return { ...family, pieces: [TextPiece.of([ownLines(family)])], openMetrics: undefined };
    });
    const families = [...result.snapshot.families, ...reported].sort((a, b) => (a.name < b.name ? -1 : 1));
    const pieces = new Exposition(false).pieces(families, 'text');
    const text = Buffer.concat(pieces.map(({ bytes }) => bytes)).toString();
    expect(text).toBe(renderText(reference.families));

    const messages = new Exposition(false).pieces(result.snapshot.families, 'protobuf', shownReport(report));
    const decoded = decodeFamilies(Buffer.concat(messages.map(({ bytes }) => bytes)));
    expect(textOfFamilies(decoded.sort((a, b) => (a.name < b.name ? -1 : 1)))).toBe(text);

    expect(checkExposition(text, 'text').problems).toEqual([]);
    expect(checkExposition(textOf(result, 'openmetrics'), 'openmetrics').problems).toEqual([]);
    expect(checkExposition(textOf(result, 'openmetrics', true), 'openmetrics').problems).toEqual([]);
    const { stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text });
    expect(stderr.toString()).not.toContain('error while linting');
  });
});
