import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import express5, { type ErrorRequestHandler, type Express } from 'express';
import express4 from 'express4';
import { expressMiddleware, RedisMetricsService } from '../../src/index.js';
import { valueOf } from '../lua/merge-call.js';
import { recordedRequests } from './recorded-requests.js';
import { serve, type Served } from './served.js';

const server = useRedisServer({ flushBeforeEach: true });
let metrics: RedisMetricsService;
let served: Served;

beforeEach(() => {
  metrics = new RedisMetricsService({ redis: server.url });
});
afterEach(async () => {
  await served.stop();
  await metrics.close();
});

const answerError: ErrorRequestHandler = (error: Error, request, response, next) => {
  if (response.headersSent) next(error);
  else response.status(503).send(error.message);
};

describe.each([
  ['4', express4, '/files/*'],
  ['5', express5, '/files/*path'],
] as const)('Express %s: the route of a request is', (_version, express, wildcard) => {
  /** An application with a route of each kind. */
  function application(): Express {
    const app = express();
    app.use(expressMiddleware(metrics));
    app.get('/', (request, response) => void response.send('home'));
    app.get('/users/:id', (request, response) => void response.send(request.params.id));
    app.post('/users/:id', (request, response) => void response.status(201).send());
    app.get(['/a', '/b/:x'], (request, response) => void response.send());
    app.get(/^\/v\d+$/, (request, response) => void response.send());
    app.get(wildcard, (request, response) => void response.send());
    app.get('/fails/:id', (request, response, next) => next(new Error('out of order')));

    const orders = express.Router({ mergeParams: true });
    orders.get('/', (request, response) => void response.send());
    orders.get('/:order', (request, response) => void response.send());
    orders.get('/:order/fails', (request, response, next) => next(new Error('out of order')));
    const shop = express.Router();
    shop.use((request, response, next) => next());
    shop.use('/customers/:customer/orders', orders);
    app.use('/shop', shop);

    const admin = express();
    admin.get('/people/:id', (request, response) => void response.send());
    app.use('/admin', admin);
    app.use(answerError);
    return app;
  }

  it.each([
    ['the pattern, whatever the parameters', ['GET /users/1', 'GET /users/2?x=3'], ['GET /users/:id 200: 2']],
    ['by method and status', ['POST /users/1', 'GET /users/1'], ['GET /users/:id 200: 1', 'POST /users/:id 201: 1']],
    ['/ itself', ['GET /'], ['GET / 200: 1']],
    ['a list of patterns', ['GET /a', 'GET /b/7'], ['GET /a|/b/:x 200: 2']],
    ['a regular expression', ['GET /v1', 'GET /v22'], ['GET /^\\/v\\d+$/ 200: 2']],
    ['a wildcard', ['GET /files/a', 'GET /files/b/c'], [`GET ${wildcard} 200: 2`]],
    ['fixed where nothing matches', ['GET /nothing', 'GET /shop/no', 'GET /users'], ['GET unmatched 404: 3']],
    [
      'under the pattern of routers',
      ['GET /shop/customers/7/orders', 'GET /shop/customers/8/orders/9'],
      ['GET /shop/customers/:customer/orders 200: 1', 'GET /shop/customers/:customer/orders/:order 200: 1'],
    ],
    ['one in any case', ['GET /SHOP/Customers/A%20b/orders'], ['GET /shop/customers/:customer/orders 200: 1']],
    ['under a mounted application', ['GET /admin/people/4'], ['GET /admin/people/:id 200: 1']],
    [
      'known to the handler of errors',
      ['GET /fails/1', 'GET /shop/customers/7/orders/9/fails'],
      ['GET /fails/:id 503: 1', 'GET /shop/customers/:customer/orders/:order/fails 503: 1'],
    ],
    ['fixed where the path cannot be decoded', ['GET /users/%ff'], ['GET unmatched 503: 1']],
  ] as const)('%s', async (_what, requests, expected) => {
    served = await serve(application());
    await served.send(...requests);
    expect(await recordedRequests(metrics, server.client, requests.length)).toEqual(expected);
  });

  it('without the path of the router that the middleware is in', async () => {
    const app = express();
    const router = express.Router();
    router.use(expressMiddleware(metrics));
    router.get('/things/:id', (request, response) => void response.send());
    app.use('/tenants/:tenant', router);
    served = await serve(app);
    await served.send('GET /tenants/1/things/2', 'GET /tenants/3/things/4');
    expect(await recordedRequests(metrics, server.client, 2)).toEqual(['GET /things/:id 200: 2']);
  });

  it('complete when the middleware is mounted under a path', async () => {
    const app = express();
    const router = express.Router();
    router.get('/:id', (request, response) => void response.send());
    app.use('/things', expressMiddleware(metrics));
    app.use('/things', router);
    app.get('/things/:id/parts', (request, response) => void response.send());
    served = await serve(app);
    await served.send('GET /things/1', 'GET /things/2/parts');
    expect(await recordedRequests(metrics, server.client, 2)).toEqual([
      'GET /things/:id 200: 1',
      'GET /things/:id/parts 200: 1',
    ]);
  });

  it('never more than 500, though a router is mounted on a regular expression', async () => {
    const app = express();
    app.use(expressMiddleware(metrics));
    const router = express.Router();
    router.get('/', (request, response) => void response.send());
    app.use(/\/any-\d+/, router);
    served = await serve(app);
    await Promise.all(Array.from({ length: 510 }, (_, i) => served.send(`GET /any-${i}`)));
    const recorded = await recordedRequests(metrics, server.client, 510);
    expect(recorded).toHaveLength(501);
    expect(recorded).toContain('GET other 200: 10');
  });

  it('named by the option route; unmatched when that function fails', async () => {
    const app = express();
    const route = (request: { readonly url?: string | undefined }): string => {
      if (request.url === '/broken') throw new Error('no name');
      return 'everything';
    };
    app.use(expressMiddleware(metrics, { route }));
    served = await serve(app);
    await served.send('GET /x', 'GET /y', 'GET /broken');
    expect(await recordedRequests(metrics, server.client, 3)).toEqual([
      'GET everything 404: 2',
      'GET unmatched 404: 1',
    ]);
  });

  it('beside a counter and in seconds, when asked for', async () => {
    const app = express();
    const options = { durationName: 'request_seconds', buckets: [0.1, 60], counterName: 'requests_total' };
    app.use(expressMiddleware(metrics, options));
    app.get('/', (request, response) => void response.send());
    served = await serve(app);
    const startMs = performance.now();
    await served.send('GET /', 'GET /');
    const tookSeconds = (performance.now() - startMs) / 1000;
    expect(await recordedRequests(metrics, server.client, 2, 'request_seconds')).toEqual(['GET / 200: 2']);
    const labels = 'method=GET,route=/,status=200';
    expect(await valueOf(server.client, 'counter', `metrics:counter:requests_total:${labels}`)).toBe(2);
    const { sum } = JSON.parse((await server.client.get(`metrics:histogram:request_seconds:${labels}`)) ?? '') as {
      sum: number;
    };
    expect(sum).toBeLessThanOrEqual(2 * tookSeconds);
    const family = await server.client.get('metrics-meta:family:request_seconds');
    expect(JSON.parse(family ?? '')).toMatchObject({ unit: 'seconds', bounds: [0.1, 60] });
  });
});
