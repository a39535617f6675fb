import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeRequest, type DecodedSeries } from './encode/decoded-request.js';

/** A request that the endpoint got. */
export interface GotRequest {
  readonly headers: IncomingHttpHeaders;
  readonly url: string;
  readonly body: Buffer;
  readonly series: readonly DecodedSeries[];
}

/** How it answers; an answer of 2xx says that all was written, unless `written` says something else. */
export interface EndpointAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Of samples and histograms; `none` for an answer that says nothing about it. */
  readonly written?: { readonly samples: number; readonly histograms?: number; readonly exemplars?: number } | 'none';
}

/** A remote-write endpoint that answers as a test wants. */
export interface TestEndpoint {
  readonly url: string;
  readonly requests: readonly GotRequest[];
  /** Most requests at a time so far. */
  readonly mostAtOnce: number;
  stop(): Promise<void>;
}

/**
 * Starts an endpoint on a free port.
 * @param answer is asked for each request; it may wait
 */
export async function startTestEndpoint(
  answer: (request: GotRequest, index: number) => EndpointAnswer | Promise<EndpointAnswer>,
  port = 0,
): Promise<TestEndpoint> {
  const requests: GotRequest[] = [];
  let [now, most] = [0, 0];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    most = Math.max(most, ++now);
    response.on('close', () => (now -= 1));
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const got = { headers: request.headers, url: request.url ?? '', body, series: decodeRequest(body).series };
      const index = requests.push(got) - 1;
      void Promise.resolve(answer(got, index)).then((given) => {
        const {
          samples,
          histograms = 0,
          exemplars = 0,
        } = given.written === undefined || given.written === 'none' ? countsOf(got.series) : given.written;
        const saysWritten = given.written !== 'none' && (given.status < 300 || given.written !== undefined);
        response.writeHead(given.status, {
          ...(saysWritten
            ? {
                'X-Prometheus-Remote-Write-Samples-Written': samples,
                'X-Prometheus-Remote-Write-Histograms-Written': histograms,
                'X-Prometheus-Remote-Write-Exemplars-Written': exemplars,
              }
            : {}),
          ...given.headers,
        });
        response.end(given.body ?? '');
      });
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/write`,
    requests,
    get mostAtOnce() {
      return most;
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What a request has. */
export function countsOf(series: readonly DecodedSeries[]): { samples: number; histograms: number; exemplars: number } {
  const sum = (of: (one: DecodedSeries) => readonly unknown[] | undefined): number =>
    series.reduce((total, one) => total + (of(one)?.length ?? 0), 0);
  return {
    samples: sum(({ samples }) => samples),
    histograms: sum(({ histograms }) => histograms),
    exemplars: sum(({ exemplars }) => exemplars),
  };
}

/** The values of a series in the order in which they came; NaN marks one that is gone. */
export function valuesOf(requests: readonly GotRequest[], name: string): number[] {
  return requests.flatMap(({ series }) =>
    series
      .filter(({ labels }) => labels.some(([label, value]) => label === '__name__' && value === name))
      .flatMap(({ samples = [] }) => samples.map(({ value }) => value)),
  );
}
