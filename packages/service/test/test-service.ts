import { temporaryFolder } from '@redmeter/test-servers/jest';
import { openMetricsStore, type ApplicationVersion, type MetricsStore } from '@redmeter/experiment';
import { startService, type ServiceOptions } from '../src/service.js';

/** A service of a test in this process, on free ports, and its store as another process would open it. */
export type TestService = {
  readonly url: string;
  readonly grpcAddress: string;
  readonly store: MetricsStore;
  /** What it logged. */
  readonly log: readonly string[];
  readonly stop: () => Promise<void>;
};

/** The versions that most tests use. */
export const SHOP: readonly ApplicationVersion[] = [
  { version: 'v1', signature: '', weight: 80 },
  { version: 'v2', signature: '9f2c1', weight: 20 },
];

const ANY_PORT = { host: '127.0.0.1', port: 0 };

/** Starts a service on an embedded store of its own, or on the store that `variables` choose, with the application `shop`. */
export async function startTestService(
  options: Partial<ServiceOptions> = {},
  versions: readonly ApplicationVersion[] = SHOP,
): Promise<TestService> {
  const folder = temporaryFolder();
  const variables = options.variables ?? { METRICS_EMBEDDED_FOLDER: folder };
  const store = await openMetricsStore({}, variables);
  await store.setVersions('shop', versions);
  const log: string[] = [];
  const service = await startService(
    {
      store: {},
      variables,
      grpc: ANY_PORT,
      http: ANY_PORT,
      iter8Abi: '1.1',
      tokenFile: undefined,
      certificate: undefined,
      allowedHosts: [],
      maxConnections: 100,
      version: '1.2.3',
      ...options,
    },
    { info: (line) => log.push(line), error: (line) => log.push(line) },
  );
  return {
    url: service.httpUrl,
    grpcAddress: service.grpcAddress,
    store,
    log,
    async stop() {
      await service.stop(5000);
      await store.close();
    },
  };
}

/** What an HTTP request was answered with. */
export type JsonAnswer = { readonly status: number; readonly headers: Headers; readonly json: unknown };

/** Sends a body as JSON, or asks with GET where there is none. */
export async function ask(url: string, body?: unknown, headers: Record<string, string> = {}): Promise<JsonAnswer> {
  const answer = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type') === 'application/json';
  return { status: answer.status, headers: answer.headers, json: isJson ? (JSON.parse(text) as unknown) : text };
}
