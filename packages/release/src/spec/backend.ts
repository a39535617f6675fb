/**
 * Where a version answers: at a URL for nginx, as a Service of the route's namespace in Kubernetes. `ca` is a file of authorities for an
 * https:// URL, by default the system's.
 */
export type Backend =
  { readonly url: string; readonly ca?: string | undefined } | { readonly service: string; readonly port: number };

/** Where it answers, for people. */
export function backendText(backend: Backend): string {
  return 'url' in backend
    ? `${backend.url}${backend.ca === undefined ? '' : `, CA file ${backend.ca}`}`
    : `Service ${backend.service}, port ${backend.port}`;
}
