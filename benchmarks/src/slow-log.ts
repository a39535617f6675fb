import type { Redis } from 'ioredis';

const MAX_LISTED = 10_000;

/** Empties Redis's slow log, and lists from now on each command that takes at least so many microseconds; -1 ends that. */
export async function listCommands(redis: Redis, fromMicroseconds: number): Promise<void> {
  await redis.config('SET', 'slowlog-log-slower-than', fromMicroseconds, 'slowlog-max-len', MAX_LISTED);
  await redis.slowlog('RESET');
}

/**
 * For how many milliseconds each command held Redis that was listed since; those of one name only, where it is given.
 * @throws Error when there were more than the slow log keeps
 */
export async function listedMs(redis: Redis, name?: string): Promise<number[]> {
  const listed = (await redis.slowlog('GET', MAX_LISTED)) as [number, number, microseconds: number, words: string[]][];
  if (listed.length === MAX_LISTED) throw new Error(`expected fewer than ${MAX_LISTED} commands in the slow log`);
  return listed.flatMap(([, , microseconds, [word]]) =>
    name === undefined || word?.toLowerCase() === name ? [microseconds / 1000] : [],
  );
}
