import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { RedisMetricsOptions } from '../../src/index.js';

/**
 * What a process that records and runs this code has printed when it has ended by itself.
 * @param options of its `metrics`, in what JSON can say
 */
export async function runProcess(options: RedisMetricsOptions, code: string): Promise<string> {
  const setUp = `
    import { RedisMetricsService } from '@redmeter/redis-metrics';
    const metrics = new RedisMetricsService(${JSON.stringify(options)});
    metrics.incrementCounter('events');`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=redmeter-source', '--import', 'tsx', '--input-type=module', '-e', setUp + code],
    { cwd: __dirname, timeout: 100_000 },
  );
  return stdout;
}

/** Within how many milliseconds such a process has ended: before the five seconds after which close() gives up. */
export const MAX_MS = 4500;

/** Code that lets a process live for a while, then prints how many milliseconds later it ended. */
export const LIVE_ON = `
    await new Promise((resolve) => setTimeout(resolve, 600));
    const doneAtMs = performance.now();
    process.on('exit', () => console.log(performance.now() - doneAtMs));`;
