import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, startTestService, type TestService } from '../test-service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({}, [
    { version: 'v1', signature: '', weight: 50 },
    { version: 'v2', signature: '', weight: 50 },
  ]);
  // Of the users of v1 few had an error, of those of v2 many.
  for (const [version, share] of [
    ['v1', 0.01],
    ['v2', 0.3],
  ] as const) {
    const build = { version, signature: '' };
    for (let user = 0; user < 400; user += 1) {
      const metric = user < 400 * share ? 'failed' : 'served';
      await service.store.writeMetric({ application: 'shop', user: `${version}-${user}`, metric, value: 1, build });
    }
  }
});
afterAll(() => service.stop());

const post = (path: string, body: unknown) => ask(service.url + path, body);
const SLOs = { upper: [{ metric: 'abn/failed/user-share', limit: 0.1, confidence: 0.95 }] };

describe('a verdict on the A/B/n metrics of a version', () => {
  it('is satisfied, or violated with what was expected and got', async () => {
    expect(await post('/v1/verdicts', { application: 'shop', version: 'v1', SLOs })).toMatchObject({
      status: 200,
      json: { verdict: 'satisfied' },
    });
    expect(await post('/v1/verdicts', { application: 'shop', version: 'v2', SLOs })).toMatchObject({
      status: 200,
      json: { verdict: 'violated', reason: 'expected abn/failed/user-share at most 0.1, got 0.3' },
    });
  });

  it('is inconclusive while data are few, and missing without any', async () => {
    const close = { upper: [{ metric: 'abn/failed/user-share', limit: 0.0101, confidence: 0.95 }] };
    expect(await post('/v1/verdicts', { application: 'shop', version: 'v1', SLOs: close })).toMatchObject({
      json: {
        verdict: 'inconclusive',
        reason: expect.stringContaining('expected abn/failed/user-share at most 0.0101'),
      },
    });
    const other = { upper: [{ metric: 'abn/nothing/user-share', limit: 1 }] };
    expect(await post('/v1/verdicts', { application: 'shop', version: 'v1', SLOs: other })).toMatchObject({
      json: { verdict: 'missing' },
    });
    expect(await post('/v1/verdicts', { application: 'shop', version: 'v3', SLOs })).toMatchObject({
      json: { verdict: 'missing', reason: 'expected one of the versions v1, v2, got v3' },
    });
  });
});

describe('a verdict of a stored result', () => {
  it('is that of the result', async () => {
    const judged = { metric: 'http/error-rate', bound: 'upper', limit: 0 } as const;
    const failed = {
      startTime: new Date().toISOString(),
      numLoops: 1,
      numTasks: 1,
      numCompletedTasks: 0,
      failure: true,
      failureReason: `task 1 (http): refused, ${judged.metric} is not known`,
      tasks: [],
    };
    await service.store.put({ name: 'default/checkout-1', savedTime: failed.startTime, result: failed });
    expect(await post('/v1/verdicts', { result: 'default/checkout-1' })).toMatchObject({
      status: 200,
      json: { verdict: 'missing', reason: failed.failureReason },
    });
    expect(await post('/v1/verdicts', { result: 'default/nothing' })).toMatchObject({ status: 404 });
  });
});

describe('what is refused', () => {
  it.each([
    ['an unknown application', { application: 'nothing', version: 'v1', SLOs }, 404, /"nothing"/],
    ['no SLOs', { application: 'shop', version: 'v1' }, 400, /SLOs/],
    ['an SLO without a limit', { application: 'shop', version: 'v1', SLOs: { upper: [{ metric: 'a' }] } }, 400, /SLOs/],
    ['a field that is not known', { result: 'x', task: 'run' }, 400, /task/],
    ['no question', [], 400, /the body/],
  ])('%s', async (_, body, status, message) => {
    expect(await post('/v1/verdicts', body)).toMatchObject({
      status,
      json: { message: expect.stringMatching(message) },
    });
  });
});

describe("Flagger's webhook", () => {
  const askAsFlagger = (metadata: object) =>
    post('/v1/verdicts/flagger', { name: 'shop', namespace: 'web', phase: 'Progressing', checksum: '1', metadata });
  const yaml = 'upper: [{ metric: abn/failed/user-share, limit: 0.1, confidence: 0.95 }]';

  it('passes a version that satisfies its SLOs, and no other', async () => {
    expect(await askAsFlagger({ application: 'shop', version: 'v1', SLOs: yaml })).toMatchObject({ status: 200 });
    expect(await askAsFlagger({ application: 'shop', version: 'v2', SLOs: yaml })).toMatchObject({
      status: 412,
      json: { verdict: 'violated' },
    });
  });

  it('passes without a decision where that is wanted', async () => {
    const open = { application: 'shop', version: 'v1', SLOs: yaml.replace('0.1', '0.0101'), looks: '5' };
    expect(await askAsFlagger(open)).toMatchObject({ status: 412, json: { verdict: 'inconclusive' } });
    expect(await askAsFlagger({ ...open, pass: 'not violated' })).toMatchObject({ status: 200 });
    expect(await askAsFlagger({ ...open, pass: 'maybe' })).toMatchObject({ status: 400 });
    expect(await askAsFlagger({ ...open, looks: 'many' })).toMatchObject({
      status: 400,
      json: { message: expect.stringMatching(/^looks/) },
    });
  });
});
