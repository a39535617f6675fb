import { Agent as HttpAgent, request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { messageOf } from '../../error-text.js';
import { readAnswer, type WriteAnswer } from './write-answer.js';

/** Where requests go. */
export interface EndpointSettings {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** The value of the header Authorization; undefined for none. Asked for each request, since files with secrets change. */
  readonly authorization: () => string | undefined;
  readonly tls: SecureContextOptions & { readonly servername?: string };
  readonly timeoutMs: number;
  /** Requests at a time. */
  readonly maxConnections: number;
}

const HEADERS = {
  'Content-Type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
  'Content-Encoding': 'snappy',
  'X-Prometheus-Remote-Write-Version': '2.0.0',
  'User-Agent': 'redmeter-exporter',
};
/** More of an answer is not read. */
const MAX_BODY_BYTES = 4096;

/** A remote-write endpoint. */
export class WriteEndpoint {
  readonly #settings: EndpointSettings;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(settings: EndpointSettings) {
    this.#settings = settings;
    const { tls, maxConnections } = settings;
    const common = { keepAlive: true, maxSockets: maxConnections };
    this.#agent = this.#isTls ? new HttpsAgent({ ...common, ...tls }) : new HttpAgent(common);
  }

  /**
   * Sends a request. It never rejects.
   * @param body compressed
   * @param signal ends it
   */
  async send(body: Uint8Array, signal: AbortSignal): Promise<WriteAnswer> {
    const { timeoutMs } = this.#settings;
    // Not AbortSignal.any, of which a signal that lives long remembers each result in Node 20.
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const limit = AbortSignal.timeout(timeoutMs);
    limit.addEventListener('abort', end);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    try {
      return await this.#send(body, ending.signal);
    } catch (error) {
      const why = limit.aborted ? `no answer within ${timeoutMs} ms` : messageOf(error);
      return { kind: 'retry', why, afterMs: undefined };
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  /** Closes its connections. */
  close(): void {
    this.#agent.destroy();
  }

  get #isTls(): boolean {
    return this.#settings.url.protocol === 'https:';
  }

  async #send(body: Uint8Array, signal: AbortSignal): Promise<WriteAnswer> {
    const { url, headers, authorization } = this.#settings;
    const login = authorization();
    const options: RequestOptions = {
      method: 'POST',
      agent: this.#agent,
      signal,
      headers: {
        ...headers,
        ...(login === undefined ? {} : { Authorization: login }),
        ...HEADERS,
        'Content-Length': body.length,
      },
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = (this.#isTls ? requestHttps : requestHttp)(url, options, resolve);
      request.on('error', reject);
      request.end(body);
    });
    const text = await beginOf(response);
    return readAnswer(response.statusCode ?? 0, response.headers, text, Date.now());
  }
}

/** Reads all of a body, so that the connection can be used again, and keeps its begin. */
async function beginOf(response: IncomingMessage): Promise<string> {
  const kept: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (length < MAX_BODY_BYTES) kept.push(chunk);
    length += chunk.length;
  }
  return Buffer.concat(kept).toString('utf8', 0, MAX_BODY_BYTES);
}
