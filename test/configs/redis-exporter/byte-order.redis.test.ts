import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { renderTextLines } from '@redmeter/metric-reader';
import { startRedisServer, type RedisServer } from '@redmeter/test-servers';
import { temporaryFolder, useRedisServer } from '@redmeter/test-servers/jest';
import type { Redis } from 'ioredis';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFromMemory } from '../../../packages/metric-reader/test/memory-state.js';
import { loadVectors } from '../../../packages/metric-reader/test/vectors.js';
import { runScript, SCRIPT, settingArguments } from './script.js';
import { storeKeys } from './store-keys.js';

// Those that Lua's own order would get wrong in most locales, and long ones that differ late.
const vectors = [...loadVectors().values()].flat().filter(({ scanLimit }) => scanLimit === undefined);

async function expectByteOrder(redis: Redis, script: string): Promise<void> {
  for (const vector of vectors) {
    await storeKeys(redis, vector.redis);
    const { families } = readFromMemory(vector.redis, vector);
    expect(await runScript(redis, ['text', ...settingArguments(vector)], 'EVAL', script)).toEqual(
      renderTextLines(families),
    );
  }
}

describe('where Lua cannot be trusted to order by bytes', () => {
  const server = useRedisServer();

  it('the script does it by itself', async () => {
    const probe = 'if not does_locale_order_bytes() then';
    expect(SCRIPT).toContain(probe);
    await expectByteOrder(await server.connect(), SCRIPT.replace(probe, 'if true then'));
  });
});

// glibc reads locales from a folder of one's own; macOS has no such thing.
(process.platform === 'linux' ? describe : describe.skip)('in a locale that orders the other way round', () => {
  const folder = temporaryFolder();
  let server: RedisServer;
  let redis: Redis;

  beforeAll(async () => {
    compileLocale(folder);
    server = await startRedisServer({ env: { LOCPATH: folder, LC_ALL: 'reversed_BYTES' } });
    redis = await server.connect();
  });
  afterAll(async () => {
    await server.stop();
  });

  it('Lua orders the other way round', async () => {
    expect(await redis.eval("return tostring('b' < 'a')", 0)).toBe('true');
  });

  it('the script orders by bytes', async () => {
    await expectByteOrder(redis, SCRIPT);
  });
});

/** Compiles a locale whose order is that of the bytes, reversed: no package of locales is needed. */
function compileLocale(target: string): void {
  const codes = Array.from({ length: 256 }, (_, code) => code.toString(16).padStart(2, '0'));
  const charmap = ['<code_set_name> BYTES', '<comment_char> %', '<escape_char> /', 'CHARMAP'];
  charmap.push(...codes.map((code) => `<U00${code.toUpperCase()}> /x${code} byte`), 'END CHARMAP', '');
  const order = codes.map((code) => `<U00${code.toUpperCase()}>`).reverse();
  const locale = ['escape_char /', 'comment_char %', 'LC_COLLATE', 'order_start forward', ...order, 'order_end'];
  locale.push('END LC_COLLATE', '');
  writeFileSync(join(target, 'charmap'), charmap.join('\n'));
  writeFileSync(join(target, 'locale'), locale.join('\n'));
  const args = ['-c', '-i', join(target, 'locale'), '-f', join(target, 'charmap'), join(target, 'reversed_BYTES')];
  // It warns of the categories that are not there, and says so by its status; whether it worked, the next test tells.
  const { error } = spawnSync('localedef', args, { env: { PATH: process.env['PATH'] } });
  if (error) throw new Error(`localedef could not be started (${error.message}); install it: apt-get install libc-bin`);
}
