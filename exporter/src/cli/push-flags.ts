import type { PushOptions } from '../push/push-options.js';
import { secondsFrom, whole } from './values.js';

/** Declares a flag with its variable. */
export type AddFlag = (
  flags: string,
  variable: string,
  help: string,
  fallback?: string,
  parse?: (text: string) => unknown,
) => void;

/** Flags as they were given. */
export interface GivenFlags {
  /** Undefined where it is not set. */
  readonly text: (name: string) => string | undefined;
  readonly parsed: (name: string) => unknown;
  readonly password: string | undefined;
}

/** Declares the flags of the push. */
export function addPushFlags(add: AddFlag): void {
  add(
    '--push.remote-write <url>',
    'REDMETER_EXPORTER_PUSH_REMOTE_WRITE',
    'push all series to this remote-write 2.0 endpoint, such as http://prometheus:9090/api/v1/write. Off by default',
  );
  add(
    '--push.interval <seconds>',
    'REDMETER_EXPORTER_PUSH_INTERVAL',
    'time from one push to the next',
    '15',
    secondsFrom(0.1),
  );
  add(
    '--push.timeout <seconds>',
    'REDMETER_EXPORTER_PUSH_TIMEOUT',
    'how long the endpoint may take to answer a request',
    '30',
    secondsFrom(0.1),
  );
  add(
    '--push.labels <labels>',
    'REDMETER_EXPORTER_PUSH_LABELS',
    'labels of every series, as name=value, separated by commas. job is redmeter-exporter and instance names the Redis ' +
      'if not set; an empty value leaves a label out',
    undefined,
    parsePairs,
  );
  add(
    '--push.headers <headers>',
    'REDMETER_EXPORTER_PUSH_HEADERS',
    'headers of every request, as Name=value, separated by commas, such as X-Scope-OrgID=team',
    undefined,
    parsePairs,
  );
  add('--push.user <name>', 'REDMETER_EXPORTER_PUSH_USER', 'user name for basic authentication');
  add('--push.password-file <file>', 'REDMETER_EXPORTER_PUSH_PASSWORD_FILE', 'a file that holds the password');
  add(
    '--push.bearer-token-file <file>',
    'REDMETER_EXPORTER_PUSH_BEARER_TOKEN_FILE',
    'a file that holds a bearer token, instead of user and password',
  );
  add(
    '--push.tls.ca-file <file>',
    'REDMETER_EXPORTER_PUSH_TLS_CA_FILE',
    "authorities for the endpoint's certificate, PEM",
  );
  add('--push.tls.cert-file <file>', 'REDMETER_EXPORTER_PUSH_TLS_CERT_FILE', 'client certificate, PEM');
  add('--push.tls.key-file <file>', 'REDMETER_EXPORTER_PUSH_TLS_KEY_FILE', 'key of the client certificate, PEM');
  add(
    '--push.tls.server-name <name>',
    'REDMETER_EXPORTER_PUSH_TLS_SERVER_NAME',
    'the name that the certificate must have, if not that of the host',
  );
  add(
    '--push.max-samples <n>',
    'REDMETER_EXPORTER_PUSH_MAX_SAMPLES',
    'maximum number of samples in a request',
    '2000',
    whole(1, 1e6),
  );
}

/** The options that the flags give. */
export function readPushFlags({ text, parsed, password }: GivenFlags): PushOptions {
  return {
    url: text('push.remoteWrite'),
    intervalMs: parsed('push.interval') as number,
    timeoutMs: parsed('push.timeout') as number,
    labels: parsed('push.labels') as string[],
    headers: parsed('push.headers') as string[],
    user: text('push.user'),
    password,
    passwordFile: text('push.passwordFile'),
    bearerTokenFile: text('push.bearerTokenFile'),
    tlsCaFile: text('push.tls.caFile'),
    tlsCertFile: text('push.tls.certFile'),
    tlsKeyFile: text('push.tls.keyFile'),
    tlsServerName: text('push.tls.serverName'),
    maxSamples: parsed('push.maxSamples') as number,
  };
}

function parsePairs(text: string): string[] {
  return text
    .split(',')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '');
}
