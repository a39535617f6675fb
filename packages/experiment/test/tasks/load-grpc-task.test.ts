import { Metadata } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { openGrpcClient } from '../../src/grpc/grpc-target.js';
import { reflectService } from '../../src/grpc/reflection.js';
import { greeterProto } from '../servers/grpc-test-server.js';
import { startHttpServer } from '../servers/http-test-server.js';
import { call, closings, folder, run, serve, serveFile } from './grpc-task.js';

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
      expect.stringMatching(/data\.count: expected .*, got a string of 142/),
    ]);
    const stored = await readFile(join(folder.path, 'result.yaml'), 'utf8');
    expect(sent.err + refused.err + stored).not.toContain('hidden');
  });

  it('shows no filled-in values in the reasons of failed calls', async () => {
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
