import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { startTestExporter, type TestExporter } from '../../test-exporter.js';
import { connectRaw, statusesIn } from '../raw-connection.js';

const server = useRedisServer();
let exporter: TestExporter;
beforeAll(async () => {
  exporter = await startTestExporter(server.url, { allowedHosts: ['native'] });
});
afterAll(async () => {
  await exporter.stop();
});

/** The answer to a request of these lines, after which the connection ends. */
async function answerTo(url: string, ...lines: readonly string[]): Promise<string> {
  const connection = await connectRaw(url);
  connection.send([...lines, 'Connection: close', '', ''].join('\r\n'));
  return connection.untilClosed();
}

describe('a request with the host', () => {
  it.each([
    ['an address', 'GET /metrics HTTP/1.1', 'Host: 127.0.0.1:9122'],
    ['an IPv6 address', 'GET /metrics HTTP/1.1', 'Host: [::1]:9122'],
    ['localhost', 'GET /metrics HTTP/1.1', 'host: LOCALHOST'],
    ['a configured name', 'GET /metrics HTTP/1.1', 'Host: native:9122'],
    ['localhost as its target', 'GET http://localhost/metrics HTTP/1.1', 'Host: localhost'],
    ['localhost as its target, without a path', 'GET http://localhost?a HTTP/1.1', 'Host: localhost'],
    ['none, by HTTP/1.0', 'GET /metrics HTTP/1.0'],
  ])('%s is answered', async (_what, ...lines) => {
    expect(await answerTo(exporter.url, ...lines)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it.each(['/metrics', '/', '/page/events', '/page/main.js', '/healthz', '/nothing'])(
    'of another site is refused for %s',
    async (path) => {
      const answer = await answerTo(exporter.url, `GET ${path} HTTP/1.1`, 'Host: rebound.example:9122');
      expect(statusesIn(answer)).toEqual([421]);
      expect(answer).toContain(
        'expected an IP address, localhost, or a name that --web.allowed-hosts has, got the host "rebound.example:9122"\n',
      );
    },
  );

  it.each([
    ['of another site by HTTP/1.0', 'GET /metrics HTTP/1.0', 'Host: rebound.example'],
    ['of another site as its target', 'GET http://rebound.example/metrics HTTP/1.1', 'Host: localhost'],
    ['of another site with a user', 'GET http://localhost@rebound.example/metrics HTTP/1.1', 'Host: localhost'],
    ['of another site beside its target', 'GET http://localhost/metrics HTTP/1.1', 'Host: rebound.example'],
    ['of another site for HEAD', 'HEAD /metrics HTTP/1.1', 'Host: rebound.example'],
    ['empty', 'GET /metrics HTTP/1.1', 'Host:'],
  ])('%s is refused', async (_what, ...lines) => {
    expect(statusesIn(await answerTo(exporter.url, ...lines))).toEqual([421]);
  });

  it.each([
    ['given twice', 'GET /metrics HTTP/1.1', 'Host: localhost', 'Host: rebound.example'],
    ['given twice in the other order', 'GET /metrics HTTP/1.1', 'Host: rebound.example', 'host: localhost'],
    ['given twice alike', 'GET /metrics HTTP/1.1', 'Host: localhost', 'Host: localhost'],
    ['missing from HTTP/1.1', 'GET /metrics HTTP/1.1'],
  ])('%s is a bad request', async (_what, ...lines) => {
    expect(statusesIn(await answerTo(exporter.url, ...lines))).toEqual([400]);
  });

  it('refused is counted', async () => {
    expect(await exporter.metrics()).toMatch(/^redmeter_exporter_refused_requests_total\{reason="host"\} [1-9]/m);
  });
});

it('the name that the exporter listens on is allowed', async () => {
  const named = await startTestExporter(server.url, { listen: { host: 'localhost', port: 0 } });
  expect((await fetch(`http://localhost:${new URL(named.url).port}/metrics`)).status).toBe(200);
  await named.stop();
});
