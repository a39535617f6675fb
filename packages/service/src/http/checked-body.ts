import type { z } from 'zod';
import { ServiceError } from '../service-error.js';

/** A body in its form. @throws ServiceError `invalid_request` with the first field that is wrong */
export function checkedBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'the body' : issue.path.join('.');
  throw new ServiceError('invalid_request', `${where}: ${issue?.message ?? 'not as expected'}`);
}
