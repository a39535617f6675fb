import { Redis } from 'ioredis';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { ExperimentError, messageOf } from '../experiment-error.js';
import type { ReadyInput } from '../spec/ready-input.js';
import { withoutCredentials } from '../spec/url-credentials.js';
import { isHttpUrl } from '../spec/url-schema.js';
import { Secrets } from './secrets.js';
import { shownUrl } from './spec-content.js';
import type { TaskContext } from './task-context.js';

const DEFAULT_TIMEOUT_MS = 60_000;
const POLL_INTERVAL_MS = 250;
const ATTEMPT_TIMEOUT_MS = 5000;

/** Why a target is not ready; undefined when it is. */
type Attempt = (signal: AbortSignal) => Promise<string | undefined>;

/**
 * Waits until a target can be used.
 *
 * @throws ExperimentError `task_failed` when time is up, with the latest reason.
 */
export async function waitUntilReady(input: ReadyInput, context: TaskContext): Promise<void> {
  const timeoutMs = input.timeout ?? DEFAULT_TIMEOUT_MS;
  const deadlineMs = performance.now() + timeoutMs;
  const secrets = new Secrets(context.environment);
  const { label, attempt } = targetOf(input, secrets);
  for (;;) {
    const leftMs = deadlineMs - performance.now();
    const limit = AbortSignal.timeout(Math.max(1, Math.min(ATTEMPT_TIMEOUT_MS, Math.ceil(leftMs))));
    const reason = await attempt(AbortSignal.any([context.signal, limit]));
    context.signal.throwIfAborted();
    if (reason === undefined) return;
    if (performance.now() + POLL_INTERVAL_MS >= deadlineMs) {
      throw new ExperimentError(
        'task_failed',
        secrets.redact(`expected ${label} to be ready within ${timeoutMs / 1000} s, got ${reason}`),
      );
    }
    context.reportProgress({
      label: `waiting for ${label}`,
      done: (timeoutMs - leftMs) / 1000,
      total: timeoutMs / 1000,
      unit: 's',
    });
    await wait(POLL_INTERVAL_MS, undefined, { signal: context.signal });
  }
}

function targetOf(input: ReadyInput, secrets: Secrets): { label: string; attempt: Attempt } {
  const { url: httpUrl } = input;
  if (httpUrl !== undefined) {
    const url = secrets.expand(httpUrl);
    if (!isHttpUrl(url)) {
      throw new ExperimentError('task_failed', 'url: expected an http:// or https:// URL, got another text');
    }
    return { label: secrets.redact(shownUrl(url)), attempt: (signal) => askHttp(url, signal) };
  }
  if (input.tcp !== undefined) return { label: input.tcp, attempt: (signal) => connectTcp(input.tcp ?? '', signal) };
  const url = secrets.expand(input.redis ?? '');
  return {
    label: `Redis at ${URL.canParse(url) ? new URL(url).host : 'its URL'}`,
    attempt: (signal) => pingRedis(url, signal),
  };
}

async function askHttp(given: string, signal: AbortSignal): Promise<string | undefined> {
  const { url, headers } = withoutCredentials(given);
  try {
    const response = await fetch(url, { headers, signal, redirect: 'manual' });
    await response.body?.cancel();
    return response.status < 400 ? undefined : `status ${response.status}`;
  } catch (error) {
    const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
    return messageOf(cause);
  }
}

async function connectTcp(target: string, signal: AbortSignal): Promise<string | undefined> {
  const colon = target.lastIndexOf(':');
  const socket = connect({
    host: target.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(target.slice(colon + 1)),
  });
  try {
    await once(socket, 'connect', { signal });
    return undefined;
  } catch (error) {
    return messageOf(error);
  } finally {
    socket.destroy();
  }
}

async function pingRedis(url: string, signal: AbortSignal): Promise<string | undefined> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: ATTEMPT_TIMEOUT_MS,
    commandTimeout: ATTEMPT_TIMEOUT_MS,
    enableOfflineQueue: false,
    retryStrategy: () => null,
  });
  let lastError: unknown;
  redis.on('error', (error) => (lastError = error));
  const stop = (): void => redis.disconnect();
  signal.addEventListener('abort', stop);
  try {
    await redis.connect();
    await redis.ping();
    return undefined;
  } catch (error) {
    return messageOf(lastError ?? error);
  } finally {
    signal.removeEventListener('abort', stop);
    redis.disconnect();
  }
}
