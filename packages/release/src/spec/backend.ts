/** Where a version answers: at a URL for nginx, as a Service of the route's namespace in Kubernetes. */
export type Backend = { readonly url: string } | { readonly service: string; readonly port: number };

/** Where it answers, for people. */
export function backendText(backend: Backend): string {
  return 'url' in backend ? backend.url : `Service ${backend.service}, port ${backend.port}`;
}
