import { Metadata, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { findMethod } from '../../../src/grpc/grpc-method.js';
import { encodeMessage } from '../../../src/grpc/message-json.js';
import { loadProto } from '../../../src/grpc/proto-files.js';
import { grpcJsEngine } from '../../../src/load/grpc/grpc-js-engine.js';
import type { GrpcLoadPlan } from '../../../src/load/grpc/grpc-load-engine.js';
import { reachedRate } from '../../../src/load/reached-rate.js';
import type { LoadCourse, RequestOutcome } from '../../../src/load/load-engine.js';
import { readNamedFile } from '../../../src/tasks/spec-content.js';
import {
  greeterProto,
  startGrpcServer,
  type GrpcTestServer,
  type GrpcTestServerOptions,
} from '../../servers/grpc-test-server.js';

const closings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

async function serve(options?: GrpcTestServerOptions): Promise<GrpcTestServer> {
  const server = await startGrpcServer(options);
  closings.push(() => server.close());
  return server;
}

type Load = Partial<Omit<GrpcLoadPlan, 'method'>> & {
  host: string;
  call?: string;
  names?: string[][];
  metadata?: Metadata;
};
type Ended = {
  outcomes: RequestOutcome[];
  course: LoadCourse;
  codes: number[];
  reasons: string[];
  latencies: number[];
};

async function load(
  { host, call = 'SayHello', names = [['you']], metadata = new Metadata(), ...plan }: Load,
  signal = new AbortController().signal,
): Promise<Ended> {
  const root = await loadProto(greeterProto, [], (file) => readNamedFile('proto', file, '/'));
  const method = findMethod(root, 'helloworld.Greeter', call);
  const contents = names.map((each) =>
    each.map((name) => encodeMessage(method.requestType, { name, count: 3 }, 'data')),
  );
  const outcomes: RequestOutcome[] = [];
  const course = await grpcJsEngine(
    {
      target: { host, tls: null },
      method,
      contentOf: (request) => {
        const messages = contents[request % contents.length] ?? [];
        return { metadata, messages, count: messages.length };
      },
      connections: 1,
      concurrency: 10,
      ratePerSecond: null,
      limit: { kind: 'requests', count: 100 },
      timeoutMs: 20_000,
      connectTimeoutMs: 20_000,
      ...plan,
    },
    (outcome) => outcomes.push(outcome),
    signal,
  );
  const answers = outcomes.filter((outcome) => outcome.kind === 'answer');
  return {
    outcomes,
    course,
    codes: answers.map(({ statusCode }) => statusCode),
    latencies: answers.map(({ serviceMs }) => serviceMs),
    reasons: outcomes.flatMap((outcome) => (outcome.kind === 'failure' ? [outcome.reason] : [])),
  };
}

const ok = (count: number): number[] => new Array<number>(count).fill(status.OK);

describe('the gRPC engine', () => {
  it.each([
    [1, 50, 1],
    [7, 3, 2],
    [501, 50, 5],
  ])('makes exactly %d calls, %d at a time, over %d connections', async (count, concurrency, connections) => {
    const server = await serve();
    const { codes } = await load({ host: server.host, concurrency, connections, limit: { kind: 'requests', count } });
    expect(codes).toEqual(ok(count));
    expect(server.names).toHaveLength(count);
    expect(server.peers.size).toBe(Math.min(connections, count));
  });

  it.each([
    ['SayHello', [['Ann'], ['Bob']], [['Ann'], ['Bob'], ['Ann']]],
    ['SayManyHellos', [['Ann'], ['Bob']], [['Ann'], ['Bob'], ['Ann']]],
    [
      'GreetEverybody',
      [['Ann', 'Bob']],
      [
        ['Ann', 'Bob'],
        ['Ann', 'Bob'],
        ['Ann', 'Bob'],
      ],
    ],
    [
      'Chat',
      [['Ann', 'Bob']],
      [
        ['Ann', 'Bob'],
        ['Ann', 'Bob'],
        ['Ann', 'Bob'],
      ],
    ],
  ])('calls %s with its messages', async (call, names, received) => {
    const server = await serve();
    const { codes } = await load({
      host: server.host,
      call,
      names,
      concurrency: 1,
      limit: { kind: 'requests', count: 3 },
    });
    expect(codes).toEqual(ok(3));
    expect(server.names).toEqual(received);
  });

  it.each([
    ['SayHello', 'nobody', status.NOT_FOUND],
    ['SayManyHellos', 'nobody', status.NOT_FOUND],
    ['SayHello', 'down', status.UNAVAILABLE],
  ])('%s takes the status that the server gives to %s for an answer', async (call, name, code) => {
    const { codes, reasons } = await load({
      host: (await serve()).host,
      call,
      names: [[name]],
      limit: { kind: 'requests', count: 20 },
    });
    expect(codes).toEqual(new Array<number>(20).fill(code));
    expect(reasons).toEqual([]);
  });

  it('counts a server that is not there as a failure, once a call', async () => {
    const server = await startGrpcServer();
    await server.close();
    const { outcomes, reasons } = await load({ host: server.host, limit: { kind: 'requests', count: 25 } });
    expect(outcomes).toHaveLength(25);
    expect(new Set(reasons)).toEqual(new Set([expect.stringMatching(/^UNAVAILABLE: connect ECONNREFUSED/)]));
  });

  it('counts a call past its time as a failure', async () => {
    const { outcomes, reasons } = await load({
      host: (await serve()).host,
      names: [['slow']],
      timeoutMs: 100,
      limit: { kind: 'requests', count: 6 },
    });
    expect(outcomes).toHaveLength(6);
    expect(reasons).toEqual(new Array<string>(6).fill('DEADLINE_EXCEEDED'));
  });

  it('measures each call, not the connection before it', async () => {
    const calledMs: number[] = [];
    const answeredMs: number[] = [];
    const { host } = await serve({
      hold: (answer) => {
        calledMs.push(performance.now());
        setTimeout(() => {
          answeredMs.push(performance.now());
          answer();
        }, 20);
      },
    });
    const pace = { ratePerSecond: 2, limit: { kind: 'requests', count: 4 } } as const;
    const { latencies } = await load({ host, concurrency: 1, ...pace });
    expect(Math.min(...latencies)).toBeGreaterThanOrEqual(19);
    // From one call to the next is half a second.
    const servedMs = answeredMs.map((atMs, index) => atMs - (calledMs[index] ?? 0));
    expect(Math.min(...latencies.map((latencyMs, index) => latencyMs - (servedMs[index] ?? 0)))).toBeLessThan(250);
  });

  it('makes calls at the requested rate, no sooner and no more', async () => {
    const server = await serve();
    const pace = { ratePerSecond: 200, limit: { kind: 'duration', durationMs: 1500 } } as const;
    const { course } = await load({ host: server.host, ...pace });
    expect(server.names.length + course.unsent).toBe(300);
    expect(course.sent).toBe(server.names.length);
    expect(course.sendingMs).toBeGreaterThanOrEqual(1490);
    expect(reachedRate(pace, course)).toBeLessThan(201);
  });

  it('reports the reached rate if the server does not keep up', async () => {
    const pace = { ratePerSecond: 1000, limit: { kind: 'duration', durationMs: 1000 } } as const;
    const { course } = await load({ host: (await serve({ delayMs: 50 })).host, concurrency: 2, ...pace });
    // Two calls at a time, 50 ms each: at most 40 a second.
    expect(course.sent).toBeGreaterThan(2);
    expect(course.unsent).toBeGreaterThan(0);
    expect(reachedRate(pace, course)).toBeLessThan(45);
  });

  it('ends when there are fewer calls to make than may be under way', async () => {
    const { host } = await serve();
    const plan = { host, concurrency: 50, connections: 4, ratePerSecond: 2 } as const;
    const { codes } = await load({ ...plan, limit: { kind: 'duration', durationMs: 500 } });
    expect(codes).toEqual(ok(1));
  });

  it('sends metadata', async () => {
    const metadata = new Metadata();
    metadata.set('x-version', 'v2');
    const server = await serve();
    await load({ host: server.host, metadata, limit: { kind: 'requests', count: 1 } });
    expect(server.metadata).toMatchObject({ 'x-version': 'v2' });
  });

  it('ends soon after it is aborted, while it connects', async () => {
    const controller = new AbortController();
    const silent = createServer((socket) => {
      closings.push(() => Promise.resolve(void socket.destroy()));
      controller.abort();
    });
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    closings.push(() => Promise.resolve(void silent.close()));
    const { port } = silent.address() as AddressInfo;
    const startMs = performance.now();
    const { outcomes } = await load({ host: `127.0.0.1:${port}`, timeoutMs: 300_000 }, controller.signal);
    expect([outcomes, performance.now() - startMs < 30_000]).toEqual([[], true]);
  });

  it('ends soon after it is aborted, with calls under way', async () => {
    const server = await serve();
    const controller = new AbortController();
    const ended = load(
      { host: server.host, names: [['slow']], limit: { kind: 'requests', count: 1000 } },
      controller.signal,
    );
    const deadline = Date.now() + 30_000;
    while (server.names.length < 10 && Date.now() < deadline) await new Promise(setImmediate);
    controller.abort();
    expect((await ended).reasons).toEqual(new Array<string>(10).fill('CANCELLED'));
  });
});
