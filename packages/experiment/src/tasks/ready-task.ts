import { withTlsHint } from '@redmeter/redis-connector';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { ExperimentError, messageOf } from '../experiment-error.js';
import { isServerUrl, newRedisClient } from '../redis-client.js';
import type { ReadyInput } from '../spec/ready-input.js';
import { withoutCredentials } from '../spec/url-credentials.js';
import { isHttpUrl } from '../spec/url-schema.js';
import { whyObjectIsNotReady } from './kubernetes-object.js';
import { Secrets } from './secrets.js';
import { shownUrl } from './spec-content.js';
import type { TaskContext } from './task-context.js';

const DEFAULT_TIMEOUT_MS = 60_000;
const POLL_INTERVAL_MS = 250;
const ATTEMPT_TIMEOUT_MS = 5000;
// Each attempt is its own process, which may have to discover the API of the cluster first.
const KUBERNETES_POLL_INTERVAL_MS = 1000;
const KUBERNETES_ATTEMPT_TIMEOUT_MS = 20_000;

/** Why a target is not ready; undefined when it is. */
type Attempt = (signal: AbortSignal) => Promise<string | undefined>;

type Target = {
  readonly label: string;
  readonly attempt: Attempt;
  readonly pollIntervalMs?: number;
  readonly attemptTimeoutMs?: number;
};

/**
 * Waits until a target can be used.
 *
 * @throws ExperimentError `task_failed` when time is up, with the latest reason; at once for errors that waiting cannot fix.
 */
export async function waitUntilReady(input: ReadyInput, context: TaskContext): Promise<void> {
  const timeoutMs = input.timeout ?? DEFAULT_TIMEOUT_MS;
  const deadlineMs = performance.now() + timeoutMs;
  const secrets = new Secrets(context.environment);
  const target = targetOf(input, secrets, context);
  const { label, attempt, pollIntervalMs = POLL_INTERVAL_MS, attemptTimeoutMs = ATTEMPT_TIMEOUT_MS } = target;
  let latest: string | undefined;
  for (;;) {
    const leftMs = deadlineMs - performance.now();
    const limit = AbortSignal.timeout(Math.max(1, Math.min(attemptTimeoutMs, Math.ceil(leftMs))));
    const reason = await attempt(AbortSignal.any([context.signal, limit]));
    context.signal.throwIfAborted();
    if (reason === undefined) return;
    // An interrupted attempt gives less information than the previous one.
    latest = limit.aborted ? (latest ?? reason) : reason;
    if (performance.now() + pollIntervalMs >= deadlineMs) {
      throw new ExperimentError(
        'task_failed',
        secrets.redact(`expected ${label} to be ready within ${timeoutMs / 1000} s, got ${latest}`),
      );
    }
    context.reportProgress({
      label: `waiting for ${label}`,
      done: (timeoutMs - leftMs) / 1000,
      total: timeoutMs / 1000,
      unit: 's',
    });
    await wait(pollIntervalMs, undefined, { signal: context.signal });
  }
}

function targetOf(input: ReadyInput, secrets: Secrets, { environment }: TaskContext): Target {
  const { url: httpUrl, resource, name = '' } = input;
  if (resource !== undefined) {
    const conditions = [...(input.condition === undefined ? [] : [input.condition]), ...(input.conditions ?? [])];
    return {
      label: `${resource}/${name}`,
      attempt: (signal) => whyObjectIsNotReady({ ...input, resource, name, conditions }, environment, signal),
      pollIntervalMs: KUBERNETES_POLL_INTERVAL_MS,
      attemptTimeoutMs: KUBERNETES_ATTEMPT_TIMEOUT_MS,
    };
  }
  if (httpUrl !== undefined) {
    const url = secrets.expand(httpUrl);
    if (!isHttpUrl(url)) {
      throw new ExperimentError('task_failed', 'url: expected an http:// or https:// URL, got something else');
    }
    return { label: secrets.redact(shownUrl(url)), attempt: (signal) => askHttp(url, signal) };
  }
  if (input.tcp !== undefined) return { label: input.tcp, attempt: (signal) => connectTcp(input.tcp ?? '', signal) };
  const url = secrets.expand(input.redis ?? '');
  if (!isServerUrl(url)) {
    throw new ExperimentError('task_failed', 'redis: expected a redis:// or rediss:// URL, got something else');
  }
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
  // PING alone: one that loads its data answers it with an error.
  const redis = newRedisClient(url, ATTEMPT_TIMEOUT_MS);
  let lastError: unknown;
  redis.on('error', (error) => (lastError = error));
  const stop = (): void => redis.disconnect();
  signal.addEventListener('abort', stop);
  try {
    await redis.connect();
    await redis.ping();
    return undefined;
  } catch (error) {
    return withTlsHint(messageOf(lastError ?? error), url.startsWith('rediss:'));
  } finally {
    signal.removeEventListener('abort', stop);
    redis.disconnect();
  }
}
