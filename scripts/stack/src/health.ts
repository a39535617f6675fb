import { connect } from 'node:net';

/** Result of a health check of a part. */
export type Health = { readonly kind: 'healthy' } | { readonly kind: 'waiting'; readonly reason: string };

/** A part's health, checked once. It never rejects. */
export type HealthCheck = () => Promise<Health>;

const healthy: Health = { kind: 'healthy' };
const waiting = (reason: string): Health => ({ kind: 'waiting', reason });
const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
};
const probeTimeoutMs = 3_000;

/** Whether `url` answers 200, and `accepts` finds nothing wrong with the body: it returns what is, or undefined. */
export function httpHealth(url: string, fault: (body: string) => string | undefined = () => undefined): HealthCheck {
  return async () => {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(probeTimeoutMs) });
      const body = await response.text();
      if (!response.ok) return waiting(`${url} answers ${response.status}`);
      const found = fault(body);
      return found === undefined ? healthy : waiting(found);
    } catch (error) {
      return waiting(`${url}: ${reasonOf(error)}`);
    }
  };
}

/** Whether Redis lets this user in and answers PING, which it does only when its data are loaded. */
export function redisHealth(host: string, port: number, user: string, password: string): HealthCheck {
  return () =>
    new Promise((resolve) => {
      let answer = '';
      const socket = connect({ host, port });
      const finish = (health: Health): void => {
        socket.destroy();
        resolve(health);
      };
      socket.setTimeout(probeTimeoutMs, () => finish(waiting(`redis does not respond on port ${port}`)));
      socket.once('error', (error) => finish(waiting(reasonOf(error))));
      socket.once('close', () => finish(waiting('redis closed the connection')));
      socket.once('connect', () => socket.write(resp('AUTH', user, password) + resp('PING')));
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString();
        const refused = /^-(.*)\r\n/m.exec(answer)?.[1];
        if (refused !== undefined) finish(waiting(`redis answers ${refused}`));
        else if (answer.endsWith('+PONG\r\n')) finish(healthy);
      });
    });
}

function resp(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/** One check after the other: the first that is not healthy decides. */
export function allHealthy(...checks: readonly HealthCheck[]): HealthCheck {
  return async () => {
    for (const check of checks) {
      const health = await check();
      if (health.kind === 'waiting') return health;
    }
    return healthy;
  };
}
