import { z } from 'zod';
import { ExperimentError, messageOf } from '../experiment-error.js';
import type { ClusterAccess } from './cluster-access.js';

const statusSchema = z.object({
  message: z.string().optional(),
  reason: z.string().optional(),
  details: z
    .object({
      kind: z.string().optional(),
      name: z.string().optional(),
      causes: z
        .array(
          z.object({ reason: z.string().optional(), message: z.string().optional(), field: z.string().optional() }),
        )
        .optional(),
    })
    .optional(),
});

/** The `Status` that an API server answers a refused request with. */
export type ApiStatus = z.output<typeof statusSchema>;

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
]);

/** The HTTP status that a request was refused with; undefined when the server was not reached. */
export function httpCodeOf(error: unknown): number | undefined {
  const { code, statusCode } = error as { readonly code?: unknown; readonly statusCode?: unknown };
  const found = typeof code === 'number' ? code : statusCode;
  return typeof found === 'number' ? found : undefined;
}

/** What the server said about a refused request. */
export function apiStatusOf(error: unknown): ApiStatus | undefined {
  const { body } = error as { readonly body?: unknown };
  try {
    return statusSchema.parse(typeof body === 'string' ? JSON.parse(body) : body);
  } catch {
    // Plain text, as for an API that the server does not have.
    return undefined;
  }
}

/** Whether a request was refused because there is no such object; a missing API is another thing. */
export function isMissingObject(error: unknown): boolean {
  if (httpCodeOf(error) !== 404) return false;
  const status = apiStatusOf(error);
  return status?.details?.name !== undefined && status.details.kind !== 'namespaces';
}

/** Whether a request may succeed when it is repeated: the server was not reached, or could not answer. */
export function isTransient(error: unknown): boolean {
  const code = httpCodeOf(error);
  if (code !== undefined) return code === 429 || code === 502 || code === 503 || code === 504;
  const { code: cause, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return name === 'AbortError' || (typeof cause === 'string' && CONNECTION_CODES.has(cause));
}

/** What stands in the way of a request, as one line. Tokens are not in it. */
export function clusterFailure(
  error: unknown,
  { server, secrets }: Pick<ClusterAccess, 'server' | 'secrets'>,
): ExperimentError {
  if (error instanceof ExperimentError) return error;
  const code = httpCodeOf(error);
  const said = apiStatusOf(error)?.message ?? (code === undefined ? messageOf(error) : `HTTP ${code}`);
  const expected =
    code === undefined
      ? `a Kubernetes API server at ${server}`
      : code === 401
        ? `credentials that ${server} takes`
        : code === 403
          ? 'a role that allows it'
          : `${server} to take the request`;
  const line = `expected ${expected}, got ${said}`;
  const hidden = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), line).replaceAll(/\s+/g, ' ');
  // Without the cause: it may hold headers, in which the token is.
  return new ExperimentError('cluster_unavailable', hidden.trim());
}
