import type { Redis } from 'ioredis';

const PARTS = ['used_cpu_user_main_thread', 'used_cpu_sys_main_thread'] as const;

/**
 * Milliseconds of processor time that Redis's main thread takes for some work, in the best of `runs` runs: what other
 * processes of a busy machine take is not in it.
 * @param work called once per run, without other clients of the server
 */
export async function redisProcessorTimeMs(redis: Redis, runs: number, work: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run += 1) {
    const before = await mainThreadMs(redis);
    await work();
    best = Math.min(best, (await mainThreadMs(redis)) - before);
  }
  return best;
}

async function mainThreadMs(redis: Redis): Promise<number> {
  const info = await redis.info('cpu');
  return PARTS.reduce((sum, part) => sum + 1000 * Number(new RegExp(`${part}:([0-9.]+)`).exec(info)?.[1]), 0);
}
