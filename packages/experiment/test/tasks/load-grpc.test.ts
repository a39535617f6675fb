import { Metadata, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { stringify } from 'yaml';
import { findMethod } from '../../src/grpc/grpc-method.js';
import { openGrpcClient } from '../../src/grpc/grpc-target.js';
import { encodeMessage } from '../../src/grpc/message-json.js';
import { loadProto } from '../../src/grpc/proto-files.js';
import { reflectService } from '../../src/grpc/reflection.js';
import type { LoadSummary } from '../../src/result/load-summary.js';
import { parseResult } from '../../src/spec/result-text.js';
import { readNamedFile } from '../../src/tasks/spec-content.js';
import { runCommandProcess } from '../cli/command-process.js';
import { makeCommandFolder, type CommandFolder } from '../cli/command-run.js';
import {
  greeterProto,
  startGrpcServer,
  type GrpcTestServer,
  type GrpcTestServerOptions,
} from '../servers/grpc-test-server.js';
import { startHttpServer } from '../servers/http-test-server.js';
import { makeTestCertificates, type TestCertificates } from '../servers/test-certificates.js';

let folder: CommandFolder;
const closings: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = await makeCommandFolder({
    HIDDEN_HOST: '127.0.0.1:1',
    HIDDEN: 'hidden-value',
    HIDDEN_LIST: `[${'hidden '.repeat(20)}]`,
  });
  await copyFile(greeterProto, join(folder.path, 'greeter.proto'));
});
afterEach(async () => {
  await folder.remove();
  for (const close of closings.splice(0)) await close();
});

async function serve(options?: GrpcTestServerOptions): Promise<GrpcTestServer> {
  const server = await startGrpcServer(options);
  closings.push(() => server.close());
  return server;
}

function descriptorSetOf(root: protobuf.Root): Buffer {
  const set = (root as unknown as { toDescriptor(syntax: string): protobuf.Message }).toDescriptor('proto3');
  return Buffer.from(descriptor.FileDescriptorSet.encode(set as never).finish());
}

async function serveFile(content: string | Buffer): Promise<string> {
  const server = await startHttpServer((_request, response) => response.end(content));
  closings.push(() => server.close());
  return server.url;
}

/** Runs one task of this kind; gives how the run ended and, by version, what each group measured. */
async function run(
  inputs: Record<string, unknown>,
  after: unknown[] = [],
): Promise<{ code: number; err: string; loads: readonly Readonly<Record<string, LoadSummary>>[] }> {
  await folder.write('experiment.yaml', stringify([{ task: 'grpc', with: inputs }, ...after]));
  const { code, err } = await folder.run('run');
  const result = parseResult(await readFile(join(folder.path, 'result.yaml'), 'utf8'), 'result.yaml');
  return { code, err, loads: result.insights?.loads ?? [] };
}

const call = 'helloworld.Greeter/SayHello';

describe('the gRPC task', () => {
  it('loads by a proto file, with the defaults people know, and is judged by both names of its metrics', async () => {
    const server = await serve();
    const { code, loads } = await run({ host: server.host, call, proto: 'greeter.proto', data: { name: 'Ann' } }, [
      {
        task: 'assess',
        with: {
          SLOs: {
            upper: [
              { metric: 'grpc/error-rate', limit: 0 },
              { metric: 'grpc/latency/p97.5', limit: 60_000 },
              { metric: 'grpc/latency/mean', limit: 60_000 },
              { metric: 'built-in/p95', limit: 60_000 },
            ],
            lower: [{ metric: 'grpc/request-count', limit: 200 }],
          },
        },
      },
    ]);
    expect(code).toBe(0);
    expect(loads[0]?.['grpc']).toMatchObject({
      requests: 200,
      errors: 0,
      statusCodes: { 0: 200 },
      requestedRate: null,
    });
    expect(server.names.flat()).toEqual(new Array<string>(200).fill('Ann'));
    expect(server.peers.size).toBe(1);
    expect((await folder.run('assert', '-c', 'completed,nofailure,slos')).code).toBe(0);
    const { out } = await folder.run('report');
    expect(out).toMatch(/grpc\/request-count\|200\n/);
    expect(out).toMatch(/grpc\/latency\/p97.5 <= 60000\|true/);
  });

  it.each(['v1', 'v1alpha', 'both'] as const)('asks the server by reflection %s', async (reflection) => {
    const server = await serve({ reflection });
    const { err, loads } = await run({ host: server.host, call, data: { name: 'Ann' }, total: 10 });
    expect([err, loads[0]?.['grpc']?.requests]).toEqual(['task 1/1: grpc\n', 10]);
    expect(server.names[9]).toEqual(['Ann']);
  });

  it('takes proto file and data from URLs, and data from a file', async () => {
    const server = await serve();
    const protoURL = await serveFile(await readFile(greeterProto, 'utf8'));
    const dataURL = await serveFile('[{"name": "Ann"}, {"name": "Bob"}]');
    await run({ host: server.host, call, protoURL, dataURL, total: 2, concurrency: 1 });
    await folder.write('data.json', '{"name": "Eve"}');
    await run({ host: server.host, call, protoURL, 'data-file': 'data.json', total: 1 });
    expect(server.names).toEqual([['Ann'], ['Bob'], ['Eve']]);
  });

  it('records nothing of a task that is a warm-up', async () => {
    const server = await serve();
    const { code, loads } = await run({ host: server.host, call, proto: 'greeter.proto', total: 5, warmup: true });
    expect([code, server.names.length, loads]).toEqual([0, 5, []]);
  });

  it('reads descriptors, messages and metadata from files and URLs as ghz does', async () => {
    const server = await serve();
    const root = await loadProto(greeterProto, [], (file) => readNamedFile('proto', file, '/'));
    const { requestType } = findMethod(root, 'helloworld.Greeter', 'SayHello');
    const [ann, bob] = ['Ann', 'Bob'].map((name) => encodeMessage(requestType, { name }, 'data')) as [Buffer, Buffer];
    const several = Buffer.concat([ann, bob].flatMap((bytes) => [Buffer.from([bytes.length]), bytes]));
    const set = descriptorSetOf(root);
    await writeFile(join(folder.path, 'greeter.protoset'), set);
    await writeFile(join(folder.path, 'one.bin'), ann);
    await writeFile(join(folder.path, 'metadata.json'), '{"x-from": "a file"}');
    const inputs = { host: server.host, call, concurrency: 1 };
    const files = { protoset: 'greeter.protoset', 'binary-file': 'one.bin', 'metadata-file': 'metadata.json' };
    expect(await run({ ...inputs, ...files, total: 1 })).toMatchObject({ code: 0 });
    expect(server.metadata).toMatchObject({ 'x-from': 'a file' });
    const urls = {
      protosetURL: await serveFile(set),
      BinaryDataURL: await serveFile(several),
      metadataURL: await serveFile('{"x-from": "a URL"}'),
    };
    expect(await run({ ...inputs, ...urls, total: 2 })).toMatchObject({ code: 0 });
    expect(server.metadata).toMatchObject({ 'x-from': 'a URL' });
    expect(server.names).toEqual([['Ann'], ['Ann'], ['Bob']]);
    expect((await run({ ...inputs, protoset: 'metadata.json' })).err).toContain('protoset: expected a descriptor set');
  });

  it('takes the other fields of ghz', async () => {
    const server = await serve({ reflection: 'v1' });
    const { code, err, loads } = await run({
      host: server.host,
      call,
      'data-file': '',
      total: 0,
      concurrency: 2,
      rps: 200,
      'max-duration': '500ms',
      'connect-timeout': '5s',
      keepalive: '30s',
      'enable-compression': true,
      'lb-strategy': 'round_robin',
      'max-recv-message-size': '4 MB',
      'reflect-metadata': { 'x-for': 'reflection' },
      'count-errors': true,
      'duration-stop': 'close',
      'concurrency-schedule': 'const',
      'concurrency-start': 1,
      'load-step-duration': '0s',
      skipFirst: 0,
      tags: { team: 'a' },
    });
    expect([code, err]).toEqual([0, expect.stringContaining('grpc')]);
    // 200 calls, which take a second, of which the first half fits.
    expect(loads[0]?.['grpc']?.requests).toBeLessThanOrEqual(100);
    expect(loads[0]?.['grpc']?.requests).toBeGreaterThan(0);
    expect(loads[0]?.['grpc']).toMatchObject({ errors: 0 });
    expect(server.metadata).not.toHaveProperty('x-for');
  });

  it('refuses a message that is longer than it may be', async () => {
    const server = await serve();
    const data = { name: 'a'.repeat(3000) };
    const inputs = { host: server.host, call, proto: 'greeter.proto', data, total: 2, 'max-send-message-size': '2 kB' };
    const { loads } = await run(inputs);
    expect([loads[0]?.['grpc']?.errors, server.names]).toEqual([2, []]);
  });

  it('sends so many messages of a stream, so far apart', async () => {
    const server = await serve();
    const stream = {
      host: server.host,
      call: 'helloworld.Greeter.Chat',
      proto: 'greeter.proto',
      total: 2,
      concurrency: 1,
    };
    const data = [{ name: 'a{{.RequestNumber}}' }, { name: '{{randomString 8}}' }];
    const { loads } = await run({ ...stream, data, 'stream-call-count': 5, 'stream-interval': '20ms' });
    // Four waits between five messages.
    expect(loads[0]?.['grpc']?.latency.minMs).toBeGreaterThanOrEqual(4 * 19);
    const [first = [], second = []] = server.names;
    expect([first[0], first[2], first[4], second[0]]).toEqual(['a0', 'a0', 'a0', 'a1']);
    expect([first.length, first[1] === first[3], first[1] === second[1]]).toEqual([5, true, false]);
    await run({ ...stream, data, 'stream-call-count': 4, 'stream-dynamic-messages': true, total: 1 });
    const third = server.names[2] ?? [];
    expect([third.length, third[1] === third[3]]).toEqual([4, false]);
    const most = { data: { name: 'Ann' }, 'stream-call-count': 100_000, 'stream-interval': '5ms' };
    const { loads: short } = await run({ ...stream, ...most, 'stream-call-duration': '100ms', total: 1 });
    expect(short[0]?.['grpc']).toMatchObject({ requests: 1, errors: 0 });
    expect(server.names[3]?.length).toBeLessThan(100);
  });

  it('fills in the templates of each call', async () => {
    const server = await serve();
    const { code } = await run({
      host: server.host,
      call,
      proto: 'greeter.proto',
      total: 3,
      concurrency: 1,
      data: {
        name: '{{.RequestNumber}} {{.MethodName}} {{.ServiceName}} {{.FullyQualifiedName}} {{.InputName}} {{.OutputName}} {{.IsClientStreaming}} {{.IsServerStreaming}} {{.UUID}} {{.TimestampUnix}} {{.TimestampUnixMilli}} {{.TimestampUnixNano}} {{.Timestamp}} {{newUUID}} {{randomString 5}} {{randomInt 3 5}} {{upper "x"}} {{.WorkerID}}',
        count: '{{randomInt 1 2}}',
      },
      metadata: { 'x-id': '{{.UUID}}', 'x-fixed': 'as it is' },
    });
    expect(code).toBe(0);
    const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
    const ids = server.names.map(([name = ''], index) => {
      const form = new RegExp(
        `^${index} SayHello Greeter helloworld\\.Greeter\\.SayHello HelloRequest HelloReply false false (${uuid}) (\\d{10}) (\\d{13}) \\d{19} \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ ${uuid} \\w{5} [34] X \\w+$`,
      );
      expect(name).toMatch(form);
      return form.exec(name)?.[1];
    });
    expect(new Set(ids).size).toBe(3);
    // Data and metadata of one call are filled in with the same values.
    expect(server.metadata).toMatchObject({ 'x-id': ids[2], 'x-fixed': 'as it is' });
  });

  it('fills in a file that is JSON only then, and the next message of a list', async () => {
    const server = await serve();
    const inputs = { host: server.host, call, proto: 'greeter.proto', concurrency: 1 };
    await folder.write(
      'data.json',
      '[{"name": "n{{.RequestNumber}}", "count": {{.RequestNumber}}}, {"name": "fixed"}]',
    );
    expect(await run({ ...inputs, 'data-file': 'data.json', total: 4 })).toMatchObject({ code: 0 });
    expect(server.names).toEqual([['n0'], ['fixed'], ['n2'], ['fixed']]);
    await run({ ...inputs, data: { name: '{{.RequestNumber}}' }, 'disable-template-data': true, total: 1 });
    expect(server.names[4]).toEqual(['{{.RequestNumber}}']);
  });

  it('finds what a proto file imports', async () => {
    const server = await serve();
    await mkdir(join(folder.path, 'shared', 'parts'), { recursive: true });
    const text = await readFile(greeterProto, 'utf8');
    const messagesAt = text.indexOf('message HelloRequest');
    const imports = 'import "parts/messages.proto";\nimport "google/protobuf/descriptor.proto";\n';
    await folder.write('service.proto', text.slice(0, messagesAt).replace('package', `${imports}package`));
    await folder.write(
      'shared/parts/messages.proto',
      `syntax = "proto3";\npackage helloworld;\n${text.slice(messagesAt)}`,
    );
    const inputs = { host: server.host, call, data: { name: 'Ann' }, proto: 'service.proto', total: 1 };
    expect((await run(inputs)).err).toContain('proto: expected a readable file, got ENOENT');
    const { code, err } = await run({ ...inputs, 'import-paths': ['shared'] });
    expect([code, err, server.names]).toEqual([0, expect.any(String), [['Ann']]]);
  });

  it('loads versions and endpoints, with metadata of their own, after a warm-up', async () => {
    const [one, two] = [await serve(), await serve()];
    const { code, loads } = await run({
      call,
      proto: 'greeter.proto',
      total: 5,
      warmupNumRequests: 3,
      metadata: { 'x-common': 'c', 'x-version': 'none' },
      versionInfo: [{ host: one.host, metadata: { 'x-version': 'one' } }, null, { host: two.host }],
      endpoints: {
        hello: {},
        chat: { call: 'helloworld.Greeter.Chat', total: 2, data: [{ name: 'Ann' }, { name: 'Bob' }] },
      },
    });
    expect(code).toBe(0);
    const counts = { 'grpc-hello': 5, 'grpc-chat': 2 };
    expect(
      loads.map((groups) => Object.fromEntries(Object.entries(groups).map(([name, load]) => [name, load.requests]))),
    ).toEqual([counts, {}, counts]);
    expect(one.names).toHaveLength(5 + 3 + 2 + 3);
    expect([one.metadata, two.metadata]).toMatchObject([
      { 'x-common': 'c', 'x-version': 'one' },
      { 'x-common': 'c', 'x-version': 'none' },
    ]);
    expect(one.names.at(-1)).toEqual(['Ann', 'Bob']);
  });

  it('fills in ${NAME} from the environment, and shows nothing of it', async () => {
    const server = await serve();
    const inputs = { host: server.host, call, proto: 'greeter.proto', total: 1, metadata: { 'x-token': '${HIDDEN}' } };
    const sent = await run({ ...inputs, data: { name: '${HIDDEN}' } });
    expect([sent.code, server.names, server.metadata]).toEqual([
      0,
      [['hidden-value']],
      expect.objectContaining({ 'x-token': 'hidden-value' }),
    ]);
    const refused = await run({ ...inputs, data: { count: '${HIDDEN_LIST}' } });
    expect([refused.code, refused.err]).toEqual([
      3,
      expect.stringMatching(/data\.count: expected .*, got a text of 142/),
    ]);
    const stored = await readFile(join(folder.path, 'result.yaml'), 'utf8');
    expect(sent.err + refused.err + stored).not.toContain('hidden');
  });

  it('shows nothing of what was filled in where it tells why calls failed', async () => {
    const inputs = { host: '${HIDDEN_HOST}', call, proto: 'greeter.proto', total: 2, timeout: '5s' };
    const { loads } = await run(inputs);
    const [reason = ''] = Object.keys(loads[0]?.['grpc']?.failures ?? {});
    expect(reason).toMatch(/ECONNREFUSED \*\*\*$/);
  });

  it('counts statuses other than OK as errors, by code', async () => {
    const { host } = await serve();
    const data = [{ name: 'Ann' }, { name: 'nobody' }];
    const { loads } = await run({ host, call, proto: 'greeter.proto', data, total: 10 });
    expect(loads[0]?.['grpc']).toMatchObject({ requests: 10, errors: 5, statusCodes: { 0: 5, 5: 5 }, failures: {} });
  });

  it('makes calls for a duration, whatever the total', async () => {
    const { host } = await serve();
    const { loads } = await run({ host, call, proto: 'greeter.proto', total: 1, duration: '500ms', rps: 40 });
    expect(loads[0]?.['grpc']?.requests).toBe(20);
  });

  it.each([
    [
      { call: 'helloworld.Greeter/SayHelo' },
      'expected a method of the proto file (SayHello, SayManyHellos, GreetEverybody, Chat), got SayHelo; did you mean SayHello?',
    ],
    [
      { call: 'helloworld.Greter/SayHello' },
      'expected a service of the proto file (helloworld.Greeter), got helloworld.Greter; did you mean helloworld.Greeter?',
    ],
    [{ proto: 'absent.proto' }, 'proto: expected a readable file, got ENOENT'],
    [{ proto: 'experiment.yaml' }, 'expected a proto file, got illegal token'],
    [{ data: { nam: 'Ann' } }, 'data.nam: expected one of name, count, got "nam"; did you mean name?'],
    [{ 'data-file': 'greeter.proto' }, 'data-file: expected JSON'],
    [{ cert: 'greeter.proto', key: 'greeter.proto' }, 'cacert, cert, key: expected certificates and a key in PEM'],
    [{ cacert: 'greeter.proto' }, 'cacert, cert, key: expected certificates and a key in PEM'],
    [{ data: { name: '{{.Nobody}}' } }, 'data: line 1: expected a value for {{ .Nobody }}, got none; known are'],
    [{ data: { name: '{{randomInt 5 5}}' } }, 'data: line 1: expected a number above 5, got 5'],
    [{ data: { count: '{{.UUID}}' } }, 'data.count: expected an integer of 32 bits'],
    [{ data: { name: '{{newUUID}}' }, 'disable-template-functions': true }, 'got newUUID'],
    [{ 'binary-file': 'greeter.proto' }, 'binary-file: expected a message HelloRequest'],
    [{ metadata: { 'x-v': 'ä' } }, 'metadata.x-v: expected printable ASCII, got other characters'],
  ])('fails before any call for %j', async (inputs, message) => {
    const server = await serve();
    const { code, err } = await run({ host: server.host, call, proto: 'greeter.proto', ...inputs });
    expect([code, err]).toEqual([3, expect.stringContaining(message)]);
    expect(server.names).toEqual([]);
  });

  it.each([
    [
      'without reflection',
      {},
      call,
      'expected the server to describe itself by reflection, got a server without it; name a proto file with proto or protoURL',
    ],
    [
      'that does not know the service',
      { reflection: 'v1' as const },
      'helloworld.Greter/SayHello',
      'did you mean helloworld.Greeter?',
    ],
  ])('fails before any call to a server %s', async (_, options, called, message) => {
    const { host } = await serve(options);
    const { code, err } = await run({ host, call: called });
    expect([code, err]).toEqual([3, expect.stringContaining(message)]);
  });

  it.each([
    [{ call }, 'a host here, or for each version or endpoint'],
    [{ host: 'localhost:1' }, 'a call here, or for each version or endpoint'],
    [{ host: 'localhost:1', call: 'SayHello' }, 'package.Service/Method'],
    [{ host: 'localhost:1', call, key: 'key.pem' }, 'cert and key, both or none'],
    [{ host: 'localhost:1', call, totl: 5 }, 'did you mean total?'],
    [
      { host: 'localhost:1', call, skipFirst: 5 },
      'skipFirst: expected no such field (warmupNumRequests makes calls first',
    ],
    [{ host: 'localhost:1', call, qps: 5 }, 'qps: expected no such field (rps is the rate of calls), got 5'],
    [
      { host: 'localhost:1', call, 'load-schedule': 'step' },
      'load-schedule: expected const (for others give each load',
    ],
    [{ host: 'localhost:1', call, format: 'html' }, 'format: expected summary (redmeter report -o'],
    [{ host: 'localhost:1', call, async: true }, 'async: expected no such field (raise concurrency'],
    [{ host: 'localhost:1', call, 'max-recv-message-size': '4 parsecs' }, 'a number of bytes such as 42 MB'],
  ])('refuses %j as a spec', async (inputs, message) => {
    await folder.write('experiment.yaml', stringify([{ task: 'grpc', with: inputs }]));
    const { code, err } = await folder.run('run');
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});

it('stops waiting for a silent server when it is interrupted', async () => {
  const controller = new AbortController();
  const silent = await startHttpServer(() => undefined);
  closings.push(() => silent.close());
  silent.server.on('connection', () => controller.abort());
  const client = openGrpcClient({ host: `127.0.0.1:${silent.port}`, tls: null });
  const asked = reflectService(client, 'helloworld.Greeter', new Metadata(), 300_000, controller.signal);
  await expect(asked).rejects.toThrow('expected the server to describe itself by reflection');
  client.close();
});

describe('the gRPC task over TLS', () => {
  let certificates: TestCertificates;
  beforeAll(() => {
    certificates = makeTestCertificates();
  });

  async function serveTls(asksForCertificate = false): Promise<GrpcTestServer> {
    const { authority, server, client } = certificates;
    await folder.write('ca.pem', authority.toString());
    await folder.write('client.pem', client.cert.toString());
    await folder.write('client.key', client.key.toString());
    const pair = { cert_chain: server.cert, private_key: server.key };
    return serve({
      credentials: ServerCredentials.createSsl(authority, [pair], asksForCertificate),
      reflection: 'both',
    });
  }
  const errorsOf = async (inputs: Record<string, unknown>): Promise<unknown> => {
    const { loads } = await run({ call, proto: 'greeter.proto', total: 5, timeout: '5s', ...inputs });
    const { requests, errors, failures } = loads[0]?.['grpc'] ?? {};
    return { requests, errors, reasons: Object.keys(failures ?? {}).join() };
  };
  const all = { requests: 5, errors: 0, reasons: '' };
  const none = (reason: string): unknown => ({ requests: 5, errors: 5, reasons: expect.stringContaining(reason) });

  it('trusts the given certificates, or any', async () => {
    const { host, names } = await serveTls();
    expect(await errorsOf({ host, insecure: false })).toEqual(none('certificate'));
    expect(names).toEqual([]);
    expect(await errorsOf({ host, cacert: 'ca.pem' })).toEqual(all);
    expect(await errorsOf({ host, skipTLS: true })).toEqual(all);
    expect(await errorsOf({ host, cacert: 'ca.pem', cname: 'localhost' })).toEqual(all);
    expect(await errorsOf({ host, cacert: 'ca.pem', cname: 'elsewhere' })).toEqual(none('UNAVAILABLE'));
    expect(await errorsOf({ host, cacert: 'ca.pem', proto: undefined })).toEqual(all);
  });

  it('troubles nobody with what Node says to programmers of an address in the place of a name', async () => {
    const { host } = await serveTls();
    await folder.write('experiment.yaml', stringify([{ task: 'grpc', with: { host, call, skipTLS: true, total: 1 } }]));
    const { code, err } = await runCommandProcess('run', '--run-dir', folder.path);
    expect([code, err]).toEqual([0, 'task 1/1: grpc\n']);
  });

  it('shows a certificate of its own', async () => {
    const { host } = await serveTls(true);
    expect(await errorsOf({ host, cacert: 'ca.pem' })).toEqual(none('UNAVAILABLE'));
    expect(await errorsOf({ host, cacert: 'ca.pem', cert: 'client.pem', key: 'client.key' })).toEqual(all);
  });
});
