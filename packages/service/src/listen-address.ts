import { isIPv6 } from 'node:net';
import { ServiceError } from './service-error.js';

/** Where a server listens. */
export type ListenAddress = {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
};

/** Reads `host:port`; `:port` is every address of this machine. @throws ServiceError `invalid_configuration` */
export function parseListenAddress(flag: string, text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535 || (match[1] !== undefined && !isIPv6(match[1]))) {
    throw new ServiceError(
      'invalid_configuration',
      `${flag}: expected host:port, such as 127.0.0.1:8081, [::1]:8081, or 0.0.0.0:8081 for all addresses, got ${JSON.stringify(text)}`,
    );
  }
  return { host: match[1] ?? (match[2] === '' || match[2] === undefined ? '::' : match[2]), port };
}
