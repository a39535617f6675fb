import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { MAX_ANSWER_SERIES, READER_FAMILIES } from '@redmeter/metric-format';
import { compareBytes, readMetricsFromRedis, renderText, reportSamples } from '@redmeter/metric-reader';
import { spawnSync } from 'node:child_process';
import { storeKeys } from '../../../test/configs/redis-exporter/store-keys.js';
import { loadVectors } from '../../../packages/metric-reader/test/vectors.js';
import { TextPiece } from '../../src/text/text-piece.js';
import { EscapedFamilies } from '../../src/exposition/escaping/escaped-families.js';
import { Exposition } from '../../src/exposition/exposition.js';
import { ownLines } from '../../src/exposition/own-family.js';
import { shownReport } from '../../src/scrape/own-metrics.js';
import { newReader, textOf } from '../reading/application-text.js';
import { decodeFamilies, textOfFamilies } from '../protobuf/decoded-families.js';
import { checkExposition } from './exposition-checker.js';

const vectors = new Map(loadVectors());
const READER_NAMES: ReadonlySet<string> = new Set(Object.values(READER_FAMILIES).map(({ name }) => name));
const server = useRedisServer();

/** Lines of one series may be elsewhere in another answer. */
function linesOf(text: string): string[] {
  return text.split('\n').sort(compareBytes);
}

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
    const families = [...result.snapshot.families, ...reported].sort((a, b) => compareBytes(a.name, b.name));
    const pieces = new Exposition(false).pieces(families, 'text');
    const text = Buffer.concat(pieces.map(({ bytes }) => bytes)).toString();
    expect(text).toBe(renderText(reference.families));

    const escaped = new EscapedFamilies().escape(result.snapshot.families, {
      ...{ scheme: 'underscores', format: 'text', taken: [] },
    });
    const escapedReference = await readMetricsFromRedis((command, args) => server.client.callBuffer(command, ...args), {
      ...limit,
      ...{ maxSeries, nowMs, escaping: 'underscores' },
    });
    const escapedText = new Exposition(false)
      .pieces(
        [...escaped.families].sort((a, b) => compareBytes(a.name, b.name)),
        'text',
      )
      .map(({ bytes }) => bytes.toString())
      .join('');
    const ofApplications = escapedReference.families.filter(({ name }) => !READER_NAMES.has(name));
    expect(linesOf(escapedText)).toEqual(linesOf(renderText(ofApplications)));
    expect(Object.fromEntries(escaped.collisions)).toEqual(
      Object.fromEntries(escapedReference.report.collisions ?? []),
    );
    expect(checkExposition(escapedText, 'text').problems).toEqual([]);

    const escapedMessages = new EscapedFamilies().escape(result.snapshot.families, {
      ...{ scheme: 'underscores', format: 'protobuf', taken: [] },
    });
    const bytes = new Exposition(false).pieces(escapedMessages.families, 'protobuf').map((piece) => piece.bytes);
    expect(linesOf(textOfFamilies(decodeFamilies(Buffer.concat(bytes))))).toEqual(linesOf(escapedText));
    expect(escapedMessages.collisions).toEqual(escaped.collisions);

    const messages = new Exposition(false).pieces(result.snapshot.families, 'protobuf', shownReport(report));
    const decoded = decodeFamilies(Buffer.concat(messages.map(({ bytes }) => bytes)));
    expect(textOfFamilies(decoded.sort((a, b) => compareBytes(a.name, b.name)))).toBe(text);

    expect(checkExposition(text, 'text').problems).toEqual([]);
    expect(checkExposition(textOf(result, 'openmetrics'), 'openmetrics').problems).toEqual([]);
    expect(checkExposition(textOf(result, 'openmetrics', true), 'openmetrics').problems).toEqual([]);
    const { stderr } = spawnSync('promtool', ['check', 'metrics'], { input: escapedText });
    expect(stderr.toString()).not.toContain('error while linting');
  });
});
