import { connect } from 'node:net';
import type { MeasuredProcess } from './measured-process.js';

/** How an answer is coded on its way. */
export type Encoding = 'identity' | 'gzip';

/** What one scrape took. */
export interface Scrape {
  /** From the request to the last byte. */
  readonly ms: number;
  readonly bytes: number;
  /** The answer, as it came: compressed where that was asked for. The next scrape is written over it. */
  readonly body: Buffer;
}

let memory = Buffer.allocUnsafeSlow(16_777_216);

/**
 * Asks for `/metrics` as a scraper does, and reads the answer without looking at it. That is done by hand, as what a client
 * does for each of a hundred chunks would be measured too, while the server waits for it.
 */
export async function scrape(url: string, encoding: Encoding): Promise<Scrape> {
  const { hostname, port, host } = new URL(url);
  return new Promise((resolve, reject) => {
    let length = 0;
    let startMs = Number.NaN;
    const onread = {
      buffer: () => {
        if (length === memory.length) memory = Buffer.concat([memory], 2 * memory.length);
        return memory.subarray(length);
      },
      callback: (received: number) => {
        length += received;
        return true;
      },
    };
    const socket = connect({ host: hostname, port: Number(port), noDelay: true, onread }, () => {
      startMs = performance.now();
      // In 1.0 the end of the connection is the end of the answer.
      socket.write(`GET /metrics HTTP/1.0\r\nHost: ${host}\r\nAccept-Encoding: ${encoding}\r\n\r\n`);
    });
    socket.on('error', reject);
    socket.on('end', () => {
      const ms = performance.now() - startMs;
      const header = memory.subarray(0, length).indexOf('\r\n\r\n');
      const isOk = memory.toString('latin1', 0, 12).endsWith(' 200');
      if (header < 0 || !isOk)
        reject(new Error(`${url}/metrics: expected 200, got ${memory.toString('latin1', 0, 80)}`));
      else resolve({ ms, bytes: length - header - 4, body: memory.subarray(header + 4, length) });
    });
  });
}

/** The same, with the processor time that the answering process took. */
export async function measuredScrape(
  server: { readonly url: string; readonly process: MeasuredProcess },
  encoding: Encoding,
): Promise<Scrape & { readonly cpuMs: number }> {
  const before = await server.process.cpuMs();
  const answer = await scrape(server.url, encoding);
  return { ...answer, cpuMs: (await server.process.cpuMs()) - before };
}
