import { isIPv6, type AddressInfo } from 'node:net';

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
}

/** Parses `host:port`; undefined if it is not an address. */
export function readListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535 || (match[1] !== undefined && !isIPv6(match[1]))) return undefined;
  // `:9122` means every address of this machine, as in other exporters.
  return { host: match[1] ?? (match[2] === '' || match[2] === undefined ? '::' : match[2]), port };
}

/** An address as URLs have it: `host:port`, with brackets around IPv6. */
export function shownAddress({ address, family, port }: AddressInfo): string {
  return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
