import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature, type Client } from '@openfeature/server-sdk';
import { isMatch } from '../../src/ofrep/if-none-match.js';
import { ask, startTestService, type TestService } from '../test-service.js';

let service: TestService;
beforeAll(async () => (service = await startTestService()));
afterAll(() => service.stop());

const evaluate = (key: string, body: unknown) => ask(`${service.url}/ofrep/v1/evaluate/flags/${key}`, body);

describe("OpenFeature's SDK", () => {
  let client: Client;
  beforeAll(async () => {
    await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: service.url }));
    client = OpenFeature.getClient();
  });
  afterAll(() => OpenFeature.close());

  it('gets the version of the user as value and variant', async () => {
    for (const user of ['ann', 'bob', 'cleo', 'dan', 'eve', 'fay']) {
      const { version, signature } = await service.store.lookup('shop', user);
      expect(await client.getStringDetails('shop', 'none', { targetingKey: user })).toMatchObject({
        value: version,
        variant: version,
        reason: 'SPLIT',
        flagMetadata: { signature, versionNumber: version === 'v1' ? 0 : 1 },
      });
    }
  });

  it('gets the default, and why, where there is no version', async () => {
    expect(await client.getStringDetails('nowhere', 'none', { targetingKey: 'ann' })).toMatchObject({
      value: 'none',
      errorCode: 'FLAG_NOT_FOUND',
    });
    expect(await client.getStringDetails('shop', 'none', {})).toMatchObject({
      value: 'none',
      errorCode: 'TARGETING_KEY_MISSING',
    });
    expect(await client.getBooleanDetails('shop', false, { targetingKey: 'ann' })).toMatchObject({
      value: false,
      errorCode: 'TYPE_MISMATCH',
    });
  });
});

it('says STATIC where all users get one version', async () => {
  await service.store.setVersions('single', [
    { version: 'a', signature: '', weight: 0 },
    { version: 'b', signature: '', weight: 2 },
  ]);
  expect(await evaluate('single', { context: { targetingKey: 'ann' } })).toMatchObject({
    status: 200,
    json: { key: 'single', value: 'b', variant: 'b', reason: 'STATIC' },
  });
});

it.each([
  ['shop', '{', 400, 'PARSE_ERROR'],
  ['shop', {}, 400, 'INVALID_CONTEXT'],
  ['shop', [], 400, 'INVALID_CONTEXT'],
  ['shop', { context: 'ann' }, 400, 'INVALID_CONTEXT'],
  ['shop', { context: {} }, 400, 'TARGETING_KEY_MISSING'],
  ['shop', { context: { targetingKey: '' } }, 400, 'TARGETING_KEY_MISSING'],
  ['shop', { context: { targetingKey: 7 } }, 400, 'INVALID_CONTEXT'],
  ['shop', { context: { targetingKey: 'x'.repeat(201) } }, 400, 'INVALID_CONTEXT'],
  ['nowhere', { context: { targetingKey: 'ann' } }, 404, 'FLAG_NOT_FOUND'],
  ['default%2Fnowhere', { context: { targetingKey: 'ann' } }, 404, 'FLAG_NOT_FOUND'],
])('refuses %s %j', async (key, body, status, errorCode) => {
  expect(await evaluate(key, body)).toMatchObject({
    status,
    json: { key: decodeURIComponent(key), errorCode, errorDetails: expect.any(String) },
  });
});

describe('in bulk', () => {
  const bulk = (body: unknown, headers?: Record<string, string>) =>
    ask(`${service.url}/ofrep/v1/evaluate/flags`, body, headers);
  const ann = { context: { targetingKey: 'ann' } };

  it('evaluates all applications, and answers 304 while nothing changed for the user', async () => {
    const first = await bulk(ann);
    const { version } = await service.store.lookup('shop', 'ann');
    expect((first.json as { flags: unknown[] }).flags).toContainEqual(
      expect.objectContaining({ key: 'shop', value: version }),
    );
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[^"]+"$/);
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await bulk(ann, { 'If-None-Match': tag });
      expect([tag, again.status, again.json, again.headers.get('etag')]).toEqual([tag, 304, '', etag]);
    }
    expect((await bulk(ann, { 'If-None-Match': '"other"' })).status).toBe(200);
    await service.store.setVersions('added', [{ version: 'a', signature: '', weight: 1 }]);
    await evaluate('added', ann);
    expect(await bulk(ann, { 'If-None-Match': etag })).toMatchObject({ status: 200 });
  });

  it('refuses a context without a user', async () => {
    expect(await bulk({ context: {} })).toMatchObject({ status: 400, json: { errorCode: 'TARGETING_KEY_MISSING' } });
  });
});

it.each([
  [undefined, false],
  ['*', true],
  ['"a"', true],
  ['W/"a"', true],
  ['"b", W/"a"', true],
  ['"b"', false],
  ['a', false],
])('If-None-Match: %s', (header, expected) => expect(isMatch(header, '"a"')).toBe(expected));
