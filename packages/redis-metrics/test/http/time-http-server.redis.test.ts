import { connect } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { RedisMetricsService, timeHttpServer } from '../../src/index.js';
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

it('counts all requests of a server without routes as unmatched', async () => {
  served = await serve(
    (request, response) => response.writeHead(request.url === '/teapot' ? 418 : 200).end(),
    (http) => timeHttpServer(http, metrics),
  );
  await served.send('GET /1', 'GET /2', 'PUT /teapot');
  expect(await recordedRequests(metrics, server.client, 3)).toEqual(['GET unmatched 200: 2', 'PUT unmatched 418: 1']);
});

it('names routes with the option route', async () => {
  served = await serve(
    (request, response) => response.end(),
    (http) =>
      timeHttpServer(http, metrics, { route: ({ url = '' }) => (url.startsWith('/items/') ? '/items/:id' : '') }),
  );
  await served.send('GET /items/1', 'GET /items/2', 'GET /3');
  expect(await recordedRequests(metrics, server.client, 3)).toEqual(['GET /items/:id 200: 2', 'GET unmatched 200: 1']);
});

it('measures to the end of the response, and tells apart those that were broken off', async () => {
  served = await serve(
    (request, response) => {
      response.write('a beginning');
      if (request.url === '/slow') setTimeout(() => response.end(), 60);
    },
    (http) => timeHttpServer(http, metrics),
  );
  await served.send('GET /slow');
  const client = connect(Number(new URL(served.url).port), '127.0.0.1');
  client.write('GET /never HTTP/1.1\r\nHost: x\r\n\r\n');
  client.once('data', () => client.destroy());
  expect(await recordedRequests(metrics, server.client, 2)).toEqual([
    'GET unmatched 200: 1',
    'GET unmatched aborted: 1',
  ]);
  const text = await server.client.get(
    'metrics:histogram:http_request_duration_ms:method=GET,route=unmatched,status=200',
  );
  expect((JSON.parse(text ?? '') as { sum: number }).sum).toBeGreaterThanOrEqual(59);
});
