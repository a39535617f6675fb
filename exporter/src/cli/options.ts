import { DEFAULT_PREFIX, isKeyPrefix, KEY_PREFIX_RULE, MAX_SHARDS, SCAN_LIMIT_KEYS } from '@redmeter/metric-format';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ExporterOptions } from '../exporter-options.js';
import { isHostPattern, readListenAddress, type ListenAddress } from '@redmeter/http-server';
import { DEFAULT_LISTEN, DEFAULT_OTLP_LISTEN } from '../default-listen.js';
import type { OtlpOptions } from '../otlp/otlp-options.js';
import { addPushFlags, readPushFlags } from './push-flags.js';
import { parseNames, secondsFrom, whole } from './values.js';

/** The settings of the command line. */
export interface CliOptions extends ExporterOptions {
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

const ENVIRONMENT_HELP = `
All flags but the last two can be set by the variable beside them; an empty variable counts as not set.
Set passwords by REDIS_PASSWORD, REDIS_SENTINEL_PASSWORD, REDMETER_EXPORTER_OTLP_REDIS_PASSWORD and
REDMETER_EXPORTER_PUSH_PASSWORD: there are no flags for them, because every user of a machine can see flags.
Metrics are at /metrics, health is at /healthz, the live page is at /.`;

/**
 * Reads flags and variables.
 * @param print receives help and errors
 * @throws CommanderError for an unknown flag or a wrong value, and after --help and --version
 */
export function readOptions(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  version: string,
  print: { readonly out: (text: string) => void; readonly err: (text: string) => void },
): CliOptions {
  const set = new Map(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const command = new Command('redmeter-exporter')
    .description('Serves the metrics that applications keep in Redis to Prometheus.')
    .version(version)
    .helpOption('-h, --help', 'print this help')
    .configureHelp({ helpWidth: 110 })
    .configureOutput({
      writeOut: print.out,
      writeErr: print.err,
      // The suggestion is on a separate line.
      outputError: (text, write) => write(text.replace(/^error: /, 'redmeter-exporter: ').replace('\n(', ' (')),
    })
    .exitOverride()
    .allowExcessArguments(false)
    .addHelpText('after', ENVIRONMENT_HELP);

  const parsers = new Map<string, (text: string) => unknown>();
  const add = (
    flags: string,
    variable: string,
    help: string,
    fallback?: string,
    parse?: (text: string) => unknown,
  ): void => {
    const option = new Option(flags, `${help} (env: ${variable})`);
    const value = set.get(variable) ?? fallback;
    // Shown as the default: the value used without the flag.
    if (value !== undefined) option.default(value, fallback === undefined ? undefined : JSON.stringify(fallback));
    if (variable === 'REDIS_URL') option.argParser(anotherUrl);
    command.addOption(option);
    if (parse !== undefined) parsers.set(option.attributeName(), named(flags.split(' ')[0] ?? '', variable, parse));
  };
  const named =
    (flag: string, variable: string, parse: (text: string) => unknown) =>
    (text: string): unknown => {
      try {
        return parse(text);
      } catch (error) {
        if (!(error instanceof InvalidArgumentError)) throw error;
        return command.error(
          `redmeter-exporter: ${flag} (${variable}): expected ${error.message}, got ${JSON.stringify(text)}`,
        );
      }
    };

  add(
    '--redis <url>',
    'REDIS_URL',
    'where Redis is: redis://[user:password@]host[:port][/database], rediss:// for TLS, unix:///path/to/socket; a node ' +
      'of a cluster, or several nodes separated by commas; redis-sentinel://host[:port],…/master for the master that ' +
      'Sentinels name. Repeat the flag, or separate URLs by spaces in the variable, for several Redis: the label redis ' +
      'distinguishes them, and name=redis://… sets it',
    'redis://127.0.0.1:6379',
  );
  add('--redis.user <name>', 'REDIS_USER', 'user name');
  add('--redis.password-file <file>', 'REDIS_PASSWORD_FILE', 'a file that holds the password');
  add('--redis.tls.ca-file <file>', 'REDIS_TLS_CA_FILE', "certificate authorities for Redis's certificate, PEM");
  add('--redis.tls.cert-file <file>', 'REDIS_TLS_CERT_FILE', 'client certificate, PEM');
  add('--redis.tls.key-file <file>', 'REDIS_TLS_KEY_FILE', 'key of the client certificate, PEM');
  add(
    '--redis.tls.server-name <name>',
    'REDIS_TLS_SERVER_NAME',
    'the name that the certificate must have, if not that of the host',
  );
  add('--redis.sentinel.user <name>', 'REDIS_SENTINEL_USER', 'user name for Sentinels');
  add(
    '--redis.sentinel.password-file <file>',
    'REDIS_SENTINEL_PASSWORD_FILE',
    'a file that holds the password for Sentinels',
  );
  add('--listen <host:port>', 'REDMETER_EXPORTER_LISTEN', 'the address to listen on', DEFAULT_LISTEN, parseListen);
  add(
    '--web.config.file <file>',
    'REDMETER_EXPORTER_WEB_CONFIG_FILE',
    "TLS and users, in the format of Prometheus's exporters",
  );
  add(
    '--web.allowed-hosts <names>',
    'REDMETER_EXPORTER_ALLOWED_HOSTS',
    'host names that requests may use, separated by commas, such as exporter,*.example.com; * allows any. IP addresses ' +
      'and localhost are always allowed',
    undefined,
    parseHosts,
  );
  add(
    '--web.max-connections <n>',
    'REDMETER_EXPORTER_MAX_CONNECTIONS',
    'maximum number of connections; above it, the connection that has been idle longest is closed',
    '64',
    whole(1, 10_000),
  );
  add('--web.page <bool>', 'REDMETER_EXPORTER_WEB_PAGE', 'serve the live page at /', 'true', parseBoolean);
  add(
    '--web.answer-timeout <seconds>',
    'REDMETER_EXPORTER_ANSWER_TIMEOUT',
    'how long a client may take to read a response before its connection is closed',
    '30',
    secondsFrom(0.1),
  );
  add('--prefix <text>', 'REDMETER_PREFIX', 'the prefix of series keys', DEFAULT_PREFIX, parsePrefix);
  add(
    '--scan-limit <keys>',
    'REDMETER_EXPORTER_SCAN_LIMIT',
    'number of keys in the database above which only the indexes are read, and keys written by hand are not found',
    String(SCAN_LIMIT_KEYS),
    whole(0, 1e9),
  );
  add(
    '--max-series <n>',
    'REDMETER_EXPORTER_MAX_SERIES',
    'maximum number of series; above it, whole metrics are left out and listed',
    '1000000',
    whole(1, 1e8),
  );
  add(
    '--scrape-timeout <seconds>',
    'REDMETER_EXPORTER_SCRAPE_TIMEOUT',
    'the timeout for scrapers that do not send their own',
    '10',
    secondsFrom(0.1),
  );
  add(
    '--counter-hold <seconds>',
    'REDMETER_EXPORTER_COUNTER_HOLD',
    'how long a counter that a failover made lower keeps its value; 0 disables this',
    '300',
    secondsFrom(0),
  );
  add(
    '--openmetrics.created',
    'REDMETER_EXPORTER_OPENMETRICS_CREATED',
    'add _created samples in OpenMetrics',
    'false',
    parseBoolean,
  );
  add(
    '--otlp.listen [host:port]',
    'REDMETER_EXPORTER_OTLP_LISTEN',
    `receive OTLP metrics over HTTP at this address and write them to Redis; without a value at ${DEFAULT_OTLP_LISTEN}. Off by default`,
    undefined,
    parseOtlpListen,
  );
  add(
    '--otlp.redis <url>',
    'REDMETER_EXPORTER_OTLP_REDIS_URL',
    'where OTLP metrics are written, with the user who may write; the Redis that is read if not set',
  );
  add('--otlp.redis.user <name>', 'REDMETER_EXPORTER_OTLP_REDIS_USER', 'user who may write');
  add(
    '--otlp.redis.password-file <file>',
    'REDMETER_EXPORTER_OTLP_REDIS_PASSWORD_FILE',
    'a file that holds the password of the user who may write',
  );
  add(
    '--otlp.shards <n>',
    'REDMETER_EXPORTER_OTLP_SHARDS',
    'number of shards of the data in a Redis Cluster, as the writing applications have it; without shards if not set',
    undefined,
    whole(1, MAX_SHARDS),
  );
  add(
    '--otlp.resource-labels <names>',
    'REDMETER_EXPORTER_OTLP_RESOURCE_LABELS',
    'resource attributes that become labels, separated by commas',
    'service.name',
    parseNames,
  );
  add(
    '--otlp.max-body <MiB>',
    'REDMETER_EXPORTER_OTLP_MAX_BODY',
    'maximum size of an OTLP request, as sent and decompressed',
    '16',
    whole(1, 256),
  );
  add(
    '--otlp.series-ttl <seconds>',
    'REDMETER_EXPORTER_OTLP_SERIES_TTL',
    'how long a series from OTLP lives after its last point',
    '1800',
    whole(1, 30 * 86_400),
  );
  addPushFlags(add);
  add('--log.level <level>', 'REDMETER_EXPORTER_LOG_LEVEL', 'debug, info, warn, error or silent', 'info', parseLevel);
  command.addOption(new Option('--config.check', 'check flags and files, without connecting, and exit'));
  command.addOption(new Option('--once', 'print the metrics once and exit'));

  command.parse(argv, { from: 'user' });
  const raw = command.opts<Record<string, unknown>>();
  const text = (name: string): string | undefined => {
    const value = raw[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const parsed = (name: string): unknown => parsers.get(name)?.(text(name) ?? '');
  const otlpListen = raw['otlp.listen'] === undefined ? undefined : (parsed('otlp.listen') as ListenAddress);
  const otlp: OtlpOptions = {
    listen: otlpListen,
    redis: text('otlp.redis'),
    user: text('otlp.redis.user'),
    password: set.get('REDMETER_EXPORTER_OTLP_REDIS_PASSWORD'),
    passwordFile: text('otlp.redis.passwordFile'),
    shards: text('otlp.shards') === undefined ? undefined : (parsed('otlp.shards') as number),
    resourceLabels: parsed('otlp.resourceLabels') as string[],
    maxBodyBytes: (parsed('otlp.maxBody') as number) * 2 ** 20,
    ttlMs: (parsed('otlp.seriesTtl') as number) * 1000,
  };
  return {
    redis: urls(raw['redis']),
    access: {
      user: text('redis.user'),
      password: set.get('REDIS_PASSWORD'),
      passwordFile: text('redis.passwordFile'),
      sentinelUser: text('redis.sentinel.user'),
      sentinelPassword: set.get('REDIS_SENTINEL_PASSWORD'),
      sentinelPasswordFile: text('redis.sentinel.passwordFile'),
      tlsCaFile: text('redis.tls.caFile'),
      tlsCertFile: text('redis.tls.certFile'),
      tlsKeyFile: text('redis.tls.keyFile'),
      tlsServerName: text('redis.tls.serverName'),
    },
    listen: parsed('listen') as ListenAddress,
    webConfigFile: text('web.config.file'),
    allowedHosts: parsed('web.allowedHosts') as string[],
    maxConnections: parsed('web.maxConnections') as number,
    withPage: parsed('web.page') as boolean,
    answerTimeoutMs: parsed('web.answerTimeout') as number,
    prefix: parsed('prefix') as string,
    scanLimitKeys: parsed('scanLimit') as number,
    maxSeries: parsed('maxSeries') as number,
    scrapeTimeoutMs: parsed('scrapeTimeout') as number,
    counterHoldMs: parsed('counterHold') as number,
    withCreated: raw['openmetrics.created'] === true || parsed('openmetrics.created') === true,
    logLevel: parsed('log.level') as CliOptions['logLevel'],
    otlp,
    push: readPushFlags({ text, parsed, password: set.get('REDMETER_EXPORTER_PUSH_PASSWORD') }),
    isConfigCheck: raw['config.check'] === true,
    isOnce: raw['once'] === true,
  };
}

/** Collects the values of a flag that may be repeated; the first one replaces the default. */
function anotherUrl(url: string, before: unknown): string[] {
  return [...(Array.isArray(before) ? (before as string[]) : []), url];
}

function urls(value: unknown): string[] {
  if (Array.isArray(value)) return value as string[];
  return typeof value === 'string' ? value.split(/\s+/).filter((url) => url !== '') : [];
}

function parseListen(text: string): ListenAddress {
  const address = readListenAddress(text);
  if (address !== undefined) return address;
  throw new InvalidArgumentError('host:port, such as 127.0.0.1:9122, [::1]:9122, or 0.0.0.0:9122 for all');
}

function parseOtlpListen(text: string): ListenAddress {
  // Empty after a flag without a value.
  return parseListen(text === '' || text === 'true' ? DEFAULT_OTLP_LISTEN : text);
}

function parseHosts(text: string): string[] {
  const hosts = parseNames(text);
  if (hosts.every(isHostPattern)) return hosts;
  throw new InvalidArgumentError('host names without ports, separated by commas, such as exporter,*.example.com');
}

function parsePrefix(text: string): string {
  if (!isKeyPrefix(text)) throw new InvalidArgumentError(KEY_PREFIX_RULE);
  return text;
}

function parseBoolean(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('true or false');
  return text === 'true';
}

function parseLevel(text: string): string {
  if (!['debug', 'info', 'warn', 'error', 'silent'].includes(text)) {
    throw new InvalidArgumentError('debug, info, warn, error or silent');
  }
  return text;
}
