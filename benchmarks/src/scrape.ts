import { get } from 'node:http';
import type { MeasuredProcess } from './measured-process.js';

/** How an answer is coded on its way. */
export type Encoding = 'identity' | 'gzip';

/** What one scrape took. */
export interface Scrape {
  readonly ms: number;
  readonly bytes: number;
  /** The answer, as it came: compressed where that was asked for. */
  readonly body: readonly Buffer[];
}

/** Asks for `/metrics` as a scraper does, and reads the answer without looking at it. */
export async function scrape(url: string, encoding: Encoding): Promise<Scrape> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    get(`${url}/metrics`, { headers: { 'accept-encoding': encoding } }, (answer) => {
      const body: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => body.push(chunk));
      answer.on('end', () => {
        const ms = performance.now() - start;
        resolve({ ms, bytes: body.reduce((sum, { length }) => sum + length, 0), body });
      });
      answer.on('error', reject);
    }).on('error', reject);
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
