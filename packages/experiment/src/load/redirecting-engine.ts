import { Agent, request as requestPlain, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as requestSecure } from 'node:https';
import { messageOf } from '../experiment-error.js';
import type { HttpLoadEngine, HttpLoadPlan } from './http-load-engine.js';
import type { RequestOutcome } from './load-engine.js';
import { runPacedWorkers } from './paced-workers.js';

/** Redirects that one request follows before it counts as failed, as in fetch. */
export const MAX_REDIRECTS = 20;

const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];
const SECRET_HEADERS: readonly string[] = ['authorization', 'cookie', 'host', 'proxy-authorization'];
const BODY_HEADERS: readonly string[] = ['content-type', 'content-length', 'content-encoding'];

type Hop = Pick<HttpLoadPlan, 'method' | 'headers' | 'body'> & { readonly url: URL };

/**
 * Sends HTTP requests that follow redirects as fetch does: 301, 302 and 303 turn a POST into a GET, and another origin does not get
 * credentials. The latency is that of all steps together, the status that of the last; the time-out is for all.
 */
export const redirectingEngine: HttpLoadEngine = async (plan, observe, signal) => {
  const options = { keepAlive: true, maxSockets: plan.connections, scheduling: 'fifo' as const };
  const agents = {
    'http:': new Agent(options),
    'https:': new SecureAgent({ ...options, rejectUnauthorized: !plan.acceptsAnyCertificate }),
  };
  try {
    return await runPacedWorkers(
      { ...plan, workers: plan.connections, send: () => follow(plan, agents, signal) },
      observe,
      signal,
    );
  } finally {
    for (const agent of Object.values(agents)) agent.destroy();
  }
};

type Agents = { readonly 'http:': Agent; readonly 'https:': SecureAgent };

async function follow(plan: HttpLoadPlan, agents: Agents, signal: AbortSignal): Promise<RequestOutcome> {
  const startMs = performance.now();
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), plan.timeoutMs);
  const stop = (): void => deadline.abort();
  signal.addEventListener('abort', stop);
  try {
    let hop: Hop = { ...plan, url: new URL(plan.url) };
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const response = await send(hop, agents, deadline.signal);
      const { statusCode = 0 } = response;
      const { location } = response.headers;
      if (location === undefined || !REDIRECT_STATUSES.includes(statusCode)) {
        return { kind: 'answer', statusCode, latencyMs: performance.now() - startMs };
      }
      const next = URL.canParse(location, hop.url.href) ? new URL(location, hop.url) : undefined;
      if (next?.protocol !== 'http:' && next?.protocol !== 'https:') {
        return { kind: 'failure', reason: 'redirect to another protocol than HTTP' };
      }
      hop = nextHop(hop, next, statusCode);
    }
    return { kind: 'failure', reason: 'too many redirects' };
  } catch (error) {
    const reason = deadline.signal.aborted ? 'timeout' : ((error as NodeJS.ErrnoException).code ?? messageOf(error));
    return { kind: 'failure', reason };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** Sends one request; resolves when the whole answer is there. */
function send(hop: Hop, agents: Agents, signal: AbortSignal): Promise<IncomingMessage> {
  const isSecure = hop.url.protocol === 'https:';
  const agent = agents[isSecure ? 'https:' : 'http:'];
  return new Promise((resolve, reject) => {
    const request = (isSecure ? requestSecure : requestPlain)(
      hop.url,
      { method: hop.method, headers: { ...hop.headers }, agent, signal },
      (response) => {
        response.once('error', reject);
        response.once('close', () => {
          if (response.complete) resolve(response);
          else reject(Object.assign(new Error('connection closed'), { code: 'connection closed' }));
        });
        response.resume();
      },
    );
    request.once('error', reject);
    request.end(hop.body);
  });
}

function nextHop(hop: Hop, url: URL, statusCode: number): Hop {
  const keepsMethod = hop.method === 'GET' || statusCode === 307 || statusCode === 308;
  const dropped = [...(keepsMethod ? [] : BODY_HEADERS), ...(url.origin === hop.url.origin ? [] : SECRET_HEADERS)];
  const headers = Object.fromEntries(
    Object.entries(hop.headers).filter(([name]) => !dropped.includes(name.toLowerCase())),
  );
  const { body } = hop;
  return {
    url,
    method: keepsMethod ? hop.method : 'GET',
    headers,
    ...(keepsMethod && body !== undefined ? { body } : {}),
  };
}
