import { isLabelName, type Label } from '@redmeter/metric-format';
import { readSecret, readTls } from '../configured-files.js';
import { ExporterError } from '../exporter-error.js';
import type { PushOptions } from './push-options.js';
import { CONCURRENCY } from './send/delivery.js';
import type { EndpointSettings } from './send/write-endpoint.js';

/** How and where it is pushed, checked. */
export interface PushSettings {
  readonly endpoint: EndpointSettings;
  /** Labels of every series, `job` and `instance` among them. */
  readonly targetLabels: readonly Label[];
  /** The URL as it is logged, without what may be secret. */
  readonly shown: string;
}

/** The job that the rules and dashboards of the project expect. */
const DEFAULT_JOB = 'redmeter-exporter';
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
/** What the protocol or HTTP itself sets. */
const RESERVED_HEADERS = ['authorization', 'content-encoding', 'content-length', 'content-type', 'host', 'user-agent'];

const invalid = (message: string): ExporterError => new ExporterError('invalid_configuration', message);

/**
 * Checks options and reads the files that they name.
 * @param instance the label `instance` where none is configured
 * @throws ExporterError `invalid_configuration`; no message shows a secret
 */
export function readPushSettings(options: PushOptions, instance: string): PushSettings {
  const url = readUrl(options.url ?? '');
  const authorization = readAuthorization(options);
  // A file that is missing now is an error now.
  authorization();
  return {
    endpoint: {
      url,
      headers: readHeaders(options.headers),
      authorization,
      tls: readTls('--push.tls', options),
      timeoutMs: options.timeoutMs,
      maxConnections: CONCURRENCY,
    },
    targetLabels: readLabels(options.labels, instance),
    shown: `${url.origin}${url.pathname}`,
  };
}

function readUrl(text: string): URL {
  const expected = '--push.remote-write: expected a URL such as http://prometheus:9090/api/v1/write';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw invalid(`${expected}, got ${JSON.stringify(text.replace(/\/\/.*@/, '//…@'))}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid(`${expected}, got one with a login; expected that in --push.user and --push.password-file`);
  }
  if (url.pathname === '/' && url.search === '') throw invalid(`${expected}, got ${text} without a path`);
  return url;
}

function readAuthorization({ user, password, passwordFile, bearerTokenFile }: PushOptions): () => string | undefined {
  const hasPassword = password !== undefined || passwordFile !== undefined;
  if (bearerTokenFile !== undefined && (user !== undefined || hasPassword)) {
    throw invalid('--push.bearer-token-file: expected no --push.user and no password beside it');
  }
  if (user === undefined && hasPassword) throw invalid('--push.user: expected one, since there is a password');
  if (bearerTokenFile !== undefined) {
    return () => {
      const token = readSecret('--push.bearer-token-file', bearerTokenFile) ?? '';
      if (/[^\x21-\x7e]/.test(token)) {
        throw invalid(
          '--push.bearer-token-file: expected one token, got a file with spaces, lines or other characters',
        );
      }
      return `Bearer ${token}`;
    };
  }
  if (user === undefined) return () => undefined;
  if (user.includes(':')) throw invalid(`--push.user: expected a name without a colon, got ${JSON.stringify(user)}`);
  return () => {
    const secret = readSecret('--push.password-file', passwordFile) ?? password ?? '';
    return `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
  };
}

function readHeaders(texts: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of pairs('--push.headers', 'Name=value', texts)) {
    const isOurs = RESERVED_HEADERS.includes(name.toLowerCase()) || /^x-prometheus-remote-write-/i.test(name);
    if (!HEADER_NAME.test(name) || isOurs || /[^\t\x20-\x7e]/.test(value)) {
      throw invalid(`--push.headers: expected a header that the push does not set itself, got ${JSON.stringify(name)}`);
    }
    headers[name] = value;
  }
  return headers;
}

function readLabels(texts: readonly string[], instance: string): Label[] {
  const labels = new Map([
    ['job', DEFAULT_JOB],
    ['instance', instance],
  ]);
  for (const [name, value] of pairs('--push.labels', 'name=value', texts)) {
    if (name.startsWith('__') || name === 'le' || !isLabelName(name)) {
      throw invalid(`--push.labels: expected the name of a label, got ${JSON.stringify(name)}`);
    }
    labels.set(name, value);
  }
  // An empty label is none.
  return [...labels].filter(([, value]) => value !== '');
}

function* pairs(flag: string, expected: string, texts: readonly string[]): Generator<readonly [string, string]> {
  for (const text of texts) {
    const at = text.indexOf('=');
    // Not shown: it may be a secret.
    if (at < 1) throw invalid(`${flag}: expected ${expected}, separated by commas, got one without a name`);
    yield [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  }
}
