import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, waitFor } from '@redmeter/test-servers';
import { temporaryFolder, useRedisServer } from '@redmeter/test-servers/jest';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

const FOLDER = join(__dirname, '../..');
const BIN = join(FOLDER, 'bin', 'redmeter-exporter.mjs');

const children = new Set<ChildProcess>();
const server = useRedisServer();
let web: Server;
let webPort: number;
beforeAll(async () => {
  execFileSync(process.execPath, [join(FOLDER, '..', 'node_modules', 'typescript', 'bin', 'tsc'), '-b', FOLDER]);
  await server.client.config('SET', 'requirepass', 'open-sesame');
  web = createServer((_request, response) => response.end('no Redis')).listen(0, '127.0.0.1');
  await once(web, 'listening');
  webPort = (web.address() as AddressInfo).port;
});
afterAll(() => {
  // A test that failed may have left one.
  for (const child of children) child.kill('SIGKILL');
  web.close();
});

interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { child: ChildProcess; end: Promise<Finished> } {
  const child = spawn(process.execPath, [BIN, ...args], { env: { PATH: process.env['PATH'], ...env } });
  children.add(child);
  child.once('close', () => children.delete(child));
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const end = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  return { child, end };
}

const run = async (args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Finished> =>
  start(args, env).end;

describe('redmeter-exporter', () => {
  it('prints every flag with its variable and its default', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    const [, ...flags] = (out.split('\n\n')[2] ?? '').replace(/\s+/g, ' ').split(/ (?=--)/);
    const shown = flags.map((text) =>
      [/^\S+/, /(?<=\(env: )\w+/, /(?<=\(default: ").*(?="\))/].map((part) => part.exec(text)?.[0]),
    );
    expect(shown).toEqual([
      ['--version', undefined, undefined],
      ['--redis', 'REDIS_URL', 'redis://127.0.0.1:6379'],
      ['--redis.user', 'REDIS_USER', undefined],
      ['--redis.password-file', 'REDIS_PASSWORD_FILE', undefined],
      ['--redis.tls.ca-file', 'REDIS_TLS_CA_FILE', undefined],
      ['--redis.tls.cert-file', 'REDIS_TLS_CERT_FILE', undefined],
      ['--redis.tls.key-file', 'REDIS_TLS_KEY_FILE', undefined],
      ['--redis.tls.server-name', 'REDIS_TLS_SERVER_NAME', undefined],
      ['--redis.sentinel.user', 'REDIS_SENTINEL_USER', undefined],
      ['--redis.sentinel.password-file', 'REDIS_SENTINEL_PASSWORD_FILE', undefined],
      ['--listen', 'REDMETER_EXPORTER_LISTEN', '127.0.0.1:9122'],
      ['--web.config.file', 'REDMETER_EXPORTER_WEB_CONFIG_FILE', undefined],
      ['--web.allowed-hosts', 'REDMETER_EXPORTER_ALLOWED_HOSTS', undefined],
      ['--web.max-connections', 'REDMETER_EXPORTER_MAX_CONNECTIONS', '64'],
      ['--web.page', 'REDMETER_EXPORTER_WEB_PAGE', 'true'],
      ['--web.answer-timeout', 'REDMETER_EXPORTER_ANSWER_TIMEOUT', '30'],
      ['--prefix', 'REDMETER_PREFIX', 'metrics'],
      ['--scan-limit', 'REDMETER_EXPORTER_SCAN_LIMIT', '50000'],
      ['--max-series', 'REDMETER_EXPORTER_MAX_SERIES', '1000000'],
      ['--scrape-timeout', 'REDMETER_EXPORTER_SCRAPE_TIMEOUT', '10'],
      ['--counter-hold', 'REDMETER_EXPORTER_COUNTER_HOLD', '300'],
      ['--openmetrics.created', 'REDMETER_EXPORTER_OPENMETRICS_CREATED', undefined],
      ['--otlp.listen', 'REDMETER_EXPORTER_OTLP_LISTEN', undefined],
      ['--otlp.redis', 'REDMETER_EXPORTER_OTLP_REDIS_URL', undefined],
      ['--otlp.redis.user', 'REDMETER_EXPORTER_OTLP_REDIS_USER', undefined],
      ['--otlp.redis.password-file', 'REDMETER_EXPORTER_OTLP_REDIS_PASSWORD_FILE', undefined],
      ['--otlp.shards', 'REDMETER_EXPORTER_OTLP_SHARDS', undefined],
      ['--otlp.resource-labels', 'REDMETER_EXPORTER_OTLP_RESOURCE_LABELS', 'service.name'],
      ['--otlp.max-body', 'REDMETER_EXPORTER_OTLP_MAX_BODY', '16'],
      ['--otlp.series-ttl', 'REDMETER_EXPORTER_OTLP_SERIES_TTL', '1800'],
      ['--push.remote-write', 'REDMETER_EXPORTER_PUSH_REMOTE_WRITE', undefined],
      ['--push.interval', 'REDMETER_EXPORTER_PUSH_INTERVAL', '15'],
      ['--push.timeout', 'REDMETER_EXPORTER_PUSH_TIMEOUT', '30'],
      ['--push.labels', 'REDMETER_EXPORTER_PUSH_LABELS', undefined],
      ['--push.headers', 'REDMETER_EXPORTER_PUSH_HEADERS', undefined],
      ['--push.user', 'REDMETER_EXPORTER_PUSH_USER', undefined],
      ['--push.password-file', 'REDMETER_EXPORTER_PUSH_PASSWORD_FILE', undefined],
      ['--push.bearer-token-file', 'REDMETER_EXPORTER_PUSH_BEARER_TOKEN_FILE', undefined],
      ['--push.tls.ca-file', 'REDMETER_EXPORTER_PUSH_TLS_CA_FILE', undefined],
      ['--push.tls.cert-file', 'REDMETER_EXPORTER_PUSH_TLS_CERT_FILE', undefined],
      ['--push.tls.key-file', 'REDMETER_EXPORTER_PUSH_TLS_KEY_FILE', undefined],
      ['--push.tls.server-name', 'REDMETER_EXPORTER_PUSH_TLS_SERVER_NAME', undefined],
      ['--push.max-samples', 'REDMETER_EXPORTER_PUSH_MAX_SAMPLES', '2000'],
      ['--log.level', 'REDMETER_EXPORTER_LOG_LEVEL', 'info'],
      ['--config.check', undefined, undefined],
      ['--once', undefined, undefined],
      ['--help', undefined, undefined],
    ]);
  });

  it('ignores a closed pipe while it prints its help', async () => {
    const { child, end } = start(['--help']);
    child.stdout?.destroy();
    expect(await end).toEqual({ code: 0, out: '', err: '' });
  });

  it.each<[string, string[], Record<string, string>, string]>([
    ['an unknown flag', ['--nothing'], {}, "unknown option '--nothing'"],
    ['a flag with a slip', ['--redsi', 'a'], {}, "unknown option '--redsi' (Did you mean --redis?)"],
    [
      'a switch that is neither on nor off',
      ['--config.check'],
      { REDMETER_EXPORTER_OPENMETRICS_CREATED: 'on' },
      '--openmetrics.created (REDMETER_EXPORTER_OPENMETRICS_CREATED): expected true or false, got "on"',
    ],
    ['an address that is none', ['--listen', 'here'], {}, '--listen (REDMETER_EXPORTER_LISTEN): expected host:port'],
    [
      'a host with a port',
      ['--web.allowed-hosts', 'native:9122'],
      {},
      '--web.allowed-hosts (REDMETER_EXPORTER_ALLOWED_HOSTS): expected host names without ports, separated by ' +
        'commas, such as exporter,*.example.com, got "native:9122"',
    ],
    ['a port too high', ['--listen', ':70000'], {}, '--listen (REDMETER_EXPORTER_LISTEN): expected host:port'],
    [
      'a number that is none',
      [],
      { REDMETER_EXPORTER_MAX_SERIES: 'many' },
      'expected a whole number from 1 to 100000000, got "many"',
    ],
    ['a prefix with a wildcard', ['--prefix', 'm*'], {}, '--prefix (REDMETER_PREFIX): expected letters'],
    ['a URL that is none', ['--redis', 'localhost:6379'], {}, '--redis: expected [name=]redis://'],
    ['a port 0, when it checks', ['--config.check', '--redis', 'redis://h:0'], {}, '--redis: expected [name=]redis://'],
    [
      'a password file that is not there',
      ['--redis.password-file', '/none'],
      {},
      '--redis.password-file: cannot read /none',
    ],
    ['a size of OTLP, though nothing is received', ['--otlp.max-body', 'big'], {}, '--otlp.max-body (REDMETER_'],
    ['shards of OTLP, though nothing is received', [], { REDMETER_EXPORTER_OTLP_SHARDS: '0' }, '--otlp.shards ('],
    ['a life of OTLP series', ['--otlp.series-ttl', '-1'], {}, '--otlp.series-ttl ('],
    ['a Redis of OTLP that is none', ['--config.check', '--otlp.redis', 'here'], {}, '--otlp.redis: expected '],
    [
      'a password file of OTLP without a user',
      ['--config.check', '--otlp.listen', ':0', '--otlp.redis.password-file', '/none'],
      {},
      '--otlp.redis.password-file: expected --otlp.redis.user or --otlp.redis too',
    ],
    [
      'a password of OTLP without a user',
      ['--config.check'],
      { REDMETER_EXPORTER_OTLP_LISTEN: ':0', REDMETER_EXPORTER_OTLP_REDIS_PASSWORD: 'x' },
      'REDMETER_EXPORTER_OTLP_REDIS_PASSWORD: expected --otlp.redis.user or --otlp.redis too',
    ],
    ['a web configuration that is not there', ['--web.config.file', '/none'], {}, '/none: cannot read /none'],
  ])('refuses %s with one line', async (_name, args, env, message) => {
    const { code, out, err } = await run(args, env);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`redmeter-exporter: `);
    expect(err).toContain(message);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  it('does not show the password of a URL, nor a piece of one', async () => {
    const { err } = await run(['--redis', 'redis://me:open-sesame@127.0.0.1:1/no']);
    expect(err).toContain('redis://***@127.0.0.1:1/no');
    expect(await run([], { REDIS_URL: 'redis://me:open sesame@host' })).toEqual({
      code: 1,
      out: '',
      err: expect.not.stringMatching(/open|sesame/),
    });
  });

  it('ends with one line at a wrong password, none, and at what is no Redis', async () => {
    const wrong = await run(['--redis', server.url], { REDIS_PASSWORD: 'wrong' });
    expect(wrong).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^redmeter-exporter: redis:\S+: WRONGPASS.*\n$/),
    });
    const none = await run(['--redis', server.url]);
    expect(none).toMatchObject({ code: 1, err: expect.stringMatching(/^redmeter-exporter: redis:\S+: NOAUTH.*\n$/) });
    const other = await run(['--redis', `redis://127.0.0.1:${webPort}`]);
    expect(other).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /^redmeter-exporter: redis:\S+: the server that answers is not Redis; if the server expects TLS, [^\n]+\n$/,
      ),
    });
  });

  it('ends with one line when its port is in use', async () => {
    const { code, err } = await run(['--redis', server.url, '--listen', `127.0.0.1:${webPort}`], {
      REDIS_PASSWORD: 'open-sesame',
    });
    expect({ code, err }).toEqual({
      code: 1,
      err: `redmeter-exporter: cannot listen on 127.0.0.1:${webPort}: the port is in use; choose another with --listen\n`,
    });
  });

  it('checks its configuration without connecting', async () => {
    expect(await run(['--config.check', '--redis', 'redis://127.0.0.1:1'])).toMatchObject({ code: 0, err: '' });
  });

  it('prints the metrics once', async () => {
    const { code, out } = await run(['--once', '--redis', server.url], { REDIS_PASSWORD: 'open-sesame' });
    expect(code).toBe(0);
    expect(out).toContain('\nredmeter_up 1\n');
    const away = await run(['--once', '--redis', 'redis://127.0.0.1:1']);
    expect(away.code).toBe(1);
    expect(away.out).toContain('\nredmeter_up 0\n');
  });

  it('continues if a metric of its own process fails while Redis is read', async () => {
    const folder = temporaryFolder();
    const broken = join(folder, 'broken.cjs');
    writeFileSync(broken, "process.getActiveResourcesInfo = () => { throw new Error('no such luck'); };\n");
    const port = await freePort();
    const { child, end } = start(['--redis', server.url, '--listen', `127.0.0.1:${port}`], {
      NODE_OPTIONS: `--require ${broken}`,
      REDIS_PASSWORD: 'open-sesame',
    });
    const statusOf = async (path: string): Promise<number | undefined> =>
      fetch(`http://127.0.0.1:${port}${path}`).then(
        ({ status }) => status,
        () => undefined,
      );
    await waitFor(() => statusOf('/healthz'));
    await server.client.client('PAUSE', 500, 'ALL');
    expect(await statusOf('/metrics')).toBe(500);
    expect(await statusOf('/healthz')).toBe(200);
    child.kill('SIGTERM');
    const { code, err } = await end;
    expect(code).toBe(0);
    expect(err).toContain('no such luck');
  });

  it('serves though Redis is not there yet, and stops at SIGTERM', async () => {
    const port = await freePort();
    const { child, end } = start(['--redis', 'redis://127.0.0.1:1', '--listen', `127.0.0.1:${port}`]);
    await waitFor(async () =>
      fetch(`http://127.0.0.1:${port}/healthz`).then(
        ({ ok }) => ok,
        () => undefined,
      ),
    );
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain('\nredmeter_up 0\n');
    child.kill('SIGTERM');
    const { code, err } = await end;
    expect(code).toBe(0);
    expect(err).toContain('stopped');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'stops at %s while it waits for a Redis that keeps silent',
    async (signal) => {
      const silent = createTcpServer().listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { child, end } = start(['--redis', `redis://127.0.0.1:${(silent.address() as AddressInfo).port}`]);
      await once(silent, 'connection');
      child.kill(signal);
      // A process that does not listen to the signal has no exit code, and as process 1 of a container would run on.
      expect(await end).toEqual({ code: 0, out: '', err: '' });
      silent.close();
    },
  );
});
