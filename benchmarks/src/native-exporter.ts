import { freePort, waitFor } from '@redmeter/test-servers';
import { fileURLToPath } from 'node:url';
import { MeasuredProcess } from './measured-process.js';

// Built, as its users run it: what runs TypeScript from its source lowers private fields, and more than doubles it.
const EXPORTER = fileURLToPath(new URL('../../exporter/bin/redmeter-exporter.mjs', import.meta.url));

/** The native exporter, serving what is in a Redis. */
export interface NativeExporter {
  readonly url: string;
  readonly process: MeasuredProcess;
}

/** Starts one, and waits until it serves. */
export async function startNativeExporter(redisUrl: string): Promise<NativeExporter> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const process = new MeasuredProcess(EXPORTER, [
    '--redis',
    redisUrl,
    '--listen',
    `127.0.0.1:${port}`,
    '--log.level',
    'warn',
  ]);
  await untilAnswering(`${url}/healthz`);
  return { url, process };
}

/** Waits until the exporter answers; without a build it never does. */
async function untilAnswering(url: string): Promise<void> {
  const isAnswering = (): Promise<boolean> =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitFor(isAnswering, `${url} answers; is all built? npm run build`, 30_000);
}
