import { setTimeout as pause } from 'node:timers/promises';
import { Agent } from 'node:http';
import { ask } from './http-client.js';

/** What users met. */
export type UsersSeen = {
  readonly answers: number;
  readonly failures: readonly string[];
  readonly byBody: ReadonlyMap<string, number>;
};

/**
 * Users who send one request after the other on connections that stay open, until they are stopped.
 * @param options.pauseMs milliseconds after each request; default 0
 */
export function startUsers(
  url: string,
  users: number,
  { pauseMs = 0 }: { readonly pauseMs?: number } = {},
): { stop(): Promise<UsersSeen>; answers(): number } {
  let isStopped = false;
  let answers = 0;
  const failures: string[] = [];
  const byBody = new Map<string, number>();
  const loops = Array.from({ length: users }, async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!isStopped) {
      try {
        const { status, body } = await ask(url, { agent });
        byBody.set(body, (byBody.get(body) ?? 0) + 1);
        if (status !== 200) failures.push(`${status} ${body}`);
        answers += 1;
      } catch (error) {
        failures.push(String(error));
      }
      if (pauseMs > 0) await pause(pauseMs);
    }
    agent.destroy();
  });
  return {
    answers: () => answers,
    async stop() {
      isStopped = true;
      await Promise.all(loops);
      return { answers, failures, byBody };
    },
  };
}
