/** An address to listen on. */
export type ListenAddress = { readonly host: string; readonly port: number };

/** How such an address is written, for people. */
export const LISTEN_FORM = 'host:port, such as 127.0.0.1:8080, or a port from 1 to 65535';

/** Reads `host:port`, `[IPv6]:port` or a port on 127.0.0.1; undefined when it is none of them. */
export function parseListen(given: string | number): ListenAddress | undefined {
  const found = /^(?:(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?):)?(\d{1,5})$/.exec(String(given));
  if (found === null) return undefined;
  const [, host = '127.0.0.1', port = ''] = found;
  return Number(port) >= 1 && Number(port) <= 65_535 ? { host, port: Number(port) } : undefined;
}
