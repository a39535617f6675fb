import type { PushOptions } from '../../src/push/push-options.js';

/** Options as the command line has them, but an interval of a second, and what differs. */
export function pushOptions(options: Partial<PushOptions>): PushOptions {
  return {
    url: undefined,
    intervalMs: 1000,
    timeoutMs: 30_000,
    labels: [],
    headers: [],
    user: undefined,
    password: undefined,
    passwordFile: undefined,
    bearerTokenFile: undefined,
    tlsCaFile: undefined,
    tlsCertFile: undefined,
    tlsKeyFile: undefined,
    tlsServerName: undefined,
    maxSamples: 2000,
    ...options,
  };
}
