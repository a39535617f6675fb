import { isIPv6 } from 'node:net';

/** The address at which a server that listens on `bindAddress` is reached from this machine. */
export function clientAddress(bindAddress: string): string {
  if (bindAddress === '0.0.0.0') return '127.0.0.1';
  if (bindAddress === '::') return '::1';
  return bindAddress;
}

/** `host:port`, with the brackets that IPv6 needs. */
export function hostAndPort(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
