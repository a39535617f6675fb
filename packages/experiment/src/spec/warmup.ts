import { z } from 'zod';

/** The field of both load tasks that makes the whole task a warm-up. */
export const warmup = z
  .boolean()
  .describe('Send the load without recording it; the measured load is another task.')
  .meta({ default: false });
