import type { RedisServer } from '@redmeter/test-servers';
import { startTestExporter, type TestExporter, type TestOptions } from '../test-exporter.js';
import type { OtlpOptions } from '../../src/otlp/otlp-options.js';

/** Options of the receiver as the command line has them. */
export const OTLP_DEFAULTS: OtlpOptions = {
  listen: { host: '127.0.0.1', port: 0 },
  redis: undefined,
  user: undefined,
  password: undefined,
  passwordFile: undefined,
  shards: undefined,
  resourceLabels: ['service.name'],
  maxBodyBytes: 2 ** 20,
  ttlMs: 1_800_000,
};

/** An exporter that receives OTLP. */
export interface TestReceiver extends TestExporter {
  /** The address of `/v1/metrics`. */
  readonly endpoint: string;
  post(body: unknown, headers?: Readonly<Record<string, string>>): Promise<PostAnswer>;
}

/** An answer to a request. */
export interface PostAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** The body, if it is JSON. */
  readonly json: unknown;
}

/** Starts an exporter with a receiver. */
export async function startTestReceiver(
  redis: RedisServer | string,
  otlp: Partial<OtlpOptions> = {},
  options: TestOptions = {},
): Promise<TestReceiver> {
  const url = typeof redis === 'string' ? redis : redis.url;
  const exporter = await startTestExporter(url, { ...options, otlp: { ...OTLP_DEFAULTS, ...otlp } });
  const endpoint = `${exporter.otlpAddress ?? ''}/v1/metrics`;
  return { ...exporter, endpoint, post: async (body, headers) => post(endpoint, body, headers) };
}

/** Posts a body: bytes as protobuf, everything else as JSON. */
export async function post(
  endpoint: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<PostAnswer> {
  const isBytes = body instanceof Uint8Array;
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: { 'Content-Type': isBytes ? 'application/x-protobuf' : 'application/json', ...headers },
    body: isBytes ? new Uint8Array(body) : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const isJson = answer.headers.get('content-type') === 'application/json';
  return {
    status: answer.status,
    headers: answer.headers,
    bytes,
    json: isJson ? JSON.parse(String(bytes)) : undefined,
  };
}
