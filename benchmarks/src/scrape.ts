import { connect, type Socket } from 'node:net';
import type { MeasuredProcess } from './measured-process.js';

/** How an answer is coded on its way. */
export type Encoding = 'identity' | 'gzip';

/** What an answer is written in. */
export type Format = 'text' | 'protobuf';

const ACCEPT: Readonly<Record<Format, string>> = {
  text: 'text/plain;version=0.0.4',
  protobuf: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
};

/** What one scrape took. */
export interface Scrape {
  /** From the request to the last byte. */
  readonly ms: number;
  readonly bytes: number;
  /** The answer, as it came: compressed where that was asked for. The next scrape is written over it. */
  readonly body: Buffer;
}

/** Of the last answer, with its header: more than any has. */
const memory = Buffer.allocUnsafeSlow(134_217_728);
/** Of the answer under way. Node asks where to put what comes next right after what came: it is 0 between two. */
let length = 0;

/** A connection that is kept from one scrape to the next, as scrapers do. */
interface Connection {
  readonly socket: Socket;
  /** Called when more of the answer has come, or the connection has ended. */
  received: (hasEnded: boolean) => void;
  answeredAtMs: number;
}

/** Shorter than servers keep an idle connection: 5 s in Node. */
const KEPT_MS = 3000;

const connections = new Map<string, Connection>();

/**
 * Asks for `/metrics` as a scraper does, and reads the answer without looking at it; one at a time. That is done by hand:
 * what a client does for each of a hundred chunks would be measured too, as the server waits for it.
 */
export async function scrape(url: string, encoding: Encoding, format: Format = 'text'): Promise<Scrape> {
  const known = connections.get(url);
  const isKept = known !== undefined && performance.now() - known.answeredAtMs < KEPT_MS;
  if (!isKept) known?.socket.destroy();
  const connection = isKept ? known : await connectTo(url);
  const { socket } = connection;
  return new Promise((resolve, reject) => {
    let expected = Number.POSITIVE_INFINITY;
    let start = 0;
    connection.received = (hasEnded) => {
      if (start === 0) {
        const end = memory.subarray(0, length).indexOf('\r\n\r\n');
        if (end >= 0) {
          start = end + 4;
          const header = memory.toString('latin1', 0, end);
          if (!/^HTTP\/1\.[01] 200 /.test(header)) reject(new Error(`${url}/metrics: expected 200, got ${header}`));
          const declared = /^content-length: *(\d+)/im.exec(header)?.[1];
          if (declared !== undefined) expected = start + Number(declared);
        }
      }
      if (!hasEnded && length < expected) return;
      const ms = performance.now() - startMs;
      const end = length;
      length = 0;
      connection.received = () => undefined;
      connection.answeredAtMs = performance.now();
      socket.unref();
      if (start === 0 || (Number.isFinite(expected) && end < expected)) {
        reject(new Error(`${url}/metrics: expected ${expected} bytes, got ${end}`));
      } else resolve({ ms, bytes: end - start, body: memory.subarray(start, end) });
    };
    socket.ref();
    const startMs = performance.now();
    // In 1.0 an answer without a length ends with the connection.
    socket.write(
      `GET /metrics HTTP/1.0\r\nHost: ${new URL(url).host}\r\nConnection: keep-alive\r\nAccept-Encoding: ${encoding}\r\nAccept: ${ACCEPT[format]}\r\n\r\n`,
    );
  });
}

async function connectTo(url: string): Promise<Connection> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const onread = {
      buffer: () => memory.subarray(length),
      callback: (count: number) => {
        length += count;
        connection.received(false);
        return true;
      },
    };
    const socket = connect({ host: hostname, port: Number(port), noDelay: true, onread }, () => {
      connections.set(url, connection);
      resolve(connection);
    });
    const connection: Connection = { socket, received: () => undefined, answeredAtMs: performance.now() };
    socket.on('error', reject);
    const ended = (): void => {
      if (connections.get(url) === connection) connections.delete(url);
      connection.received(true);
    };
    socket.on('end', ended);
    // Without an end, where it broke.
    socket.on('close', ended);
  });
}

/** The same, with the processor time that the answering process took. */
export async function measuredScrape(
  server: { readonly url: string; readonly process: MeasuredProcess },
  encoding: Encoding,
  format: Format = 'text',
): Promise<Scrape & { readonly cpuMs: number }> {
  const before = await server.process.cpuMs();
  const answer = await scrape(server.url, encoding, format);
  return { ...answer, cpuMs: (await server.process.cpuMs()) - before };
}
