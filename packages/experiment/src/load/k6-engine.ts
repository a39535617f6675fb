import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ExperimentError } from '../experiment-error.js';
import type { HttpLoadEngine } from './http-load-engine.js';
import { parseK6Line } from './k6-output.js';
import { k6Script } from './k6-script.js';
import { SendRecord } from './send-record.js';

const GRACE_MS = 5000;
const SHOWN_ERROR_LINES = 5;

/** Sends HTTP requests with the k6 on the PATH of this environment. */
export function k6EngineIn(environment: Readonly<Record<string, string | undefined>>): HttpLoadEngine {
  return async (plan, observe, signal) => {
    signal.throwIfAborted();
    const child = spawn('k6', ['run', '--quiet', '--no-usage-report', '--out', 'json', '-'], {
      // Variables of k6 stand above what the script says.
      env: Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('K6_'))),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let killTimer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      child.kill('SIGINT');
      killTimer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    };
    signal.addEventListener('abort', stop);
    const errors: string[] = [];
    createInterface(child.stderr).on('line', (line) => {
      errors.push(line);
      if (errors.length > SHOWN_ERROR_LINES) errors.shift();
    });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    // It may be gone before it has read its script; how it ended says why.
    child.stdin.on('error', () => undefined);
    child.stdin.end(k6Script(plan));

    let record: SendRecord | undefined;
    let startMs = 0;
    let lastSentMs = 0;
    let lastEndMs = 0;
    createInterface(child.stdout).on('line', (line) => {
      const point = parseK6Line(line);
      if (point === undefined) return;
      const sentMs = point.endMs - point.elapsedMs;
      if (record === undefined) {
        startMs = sentMs;
        record = new SendRecord(plan, startMs);
      }
      // Requests are told as they end, so the latest sent may not be the last told.
      lastSentMs = Math.max(lastSentMs, sentMs);
      lastEndMs = Math.max(lastEndMs, point.endMs);
      record.add(lastSentMs);
      observe(point.outcome, Math.max(0, point.endMs - startMs));
    });
    try {
      const code = await ended;
      if (code !== 0 && !signal.aborted) throw failed(`got ${code ?? 'a signal'}: ${errors.join('\n')}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new ExperimentError(
        'task_failed',
        'engine: expected k6 on PATH, found none; install it (https://grafana.com/docs/k6/latest/set-up/install-k6) or leave engine out',
        { cause: error },
      );
    } finally {
      clearTimeout(killTimer);
      signal.removeEventListener('abort', stop);
    }
    if (record === undefined) {
      if (signal.aborted) return { seconds: 0, reachedRate: 0 };
      throw failed('got none of its requests');
    }
    return record.course(lastEndMs);
  };
}

function failed(got: string): ExperimentError {
  return new ExperimentError('task_failed', `engine: expected k6 to send the load and exit with 0, ${got}`);
}
