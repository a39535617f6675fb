import { z } from 'zod';
import { durationMs } from './duration-schema.js';
import { httpUrl } from './url-schema.js';

const redisUrl = z.string().refine((text) => /^rediss?:\/\/./.test(text), { error: 'a redis:// or rediss:// URL' });

/** The inputs of the task that waits until something can be used. */
export const readySchema = z
  .strictObject({
    url: httpUrl
      .describe(
        'Wait until this answers with a status below 400; ${NAME} is taken from the environment, here and in redis.',
      )
      .optional(),
    tcp: z
      .string()
      .regex(/^[^\s:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/, { error: 'host:port' })
      .describe('Wait until this host:port accepts connections.')
      .optional(),
    redis: redisUrl.describe('Wait until this Redis answers PING.').optional(),
    timeout: durationMs.describe('How long to wait; 60s by default.').optional(),
  })
  .refine((input) => [input.url, input.tcp, input.redis].filter((target) => target !== undefined).length === 1, {
    error: 'one of url, tcp and redis',
  });

/** The inputs, validated. */
export type ReadyInput = z.output<typeof readySchema>;
