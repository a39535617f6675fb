/** The endpoints under `/api/store/` and the one method each takes. */
export const endpoints = {
  join: 'GET',
  'look-around': 'GET',
  leave: 'GET',
  served: 'GET',
  error: 'GET',
  simulate: 'POST',
} as const;

/** The last path segment of a store endpoint. */
export type Endpoint = keyof typeof endpoints;

/** All of {@link endpoints} by name. */
export const endpointNames = Object.keys(endpoints) as Endpoint[];

/** The `endpoint` label of an unknown path under `/api`: one value, so that callers cannot create series. */
export const UNKNOWN_ENDPOINT = 'unknown';

const methodLabels = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** The `method` label of a request: rare methods share `other`, so that callers cannot create series. */
export function methodLabel(method: string): string {
  return methodLabels.includes(method) ? method : 'other';
}
