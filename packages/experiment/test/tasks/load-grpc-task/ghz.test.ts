import { describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { findMethod } from '../../../src/grpc/grpc-method.js';
import { encodeMessage } from '../../../src/grpc/message-json.js';
import { loadProto } from '../../../src/grpc/proto-files.js';
import { readNamedFile } from '../../../src/tasks/spec-content.js';
import { greeterProto } from '../../servers/grpc-test-server.js';
import { call, folder, run, serve, serveFile } from '../grpc-task.js';

function descriptorSetOf(root: protobuf.Root): Buffer {
  const set = (root as unknown as { toDescriptor(syntax: string): protobuf.Message }).toDescriptor('proto3');
  return Buffer.from(descriptor.FileDescriptorSet.encode(set as never).finish());
}

describe('the fields and templates of ghz', () => {
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
});
