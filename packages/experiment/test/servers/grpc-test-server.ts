import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  status,
  type GrpcObject,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { resolve } from 'node:path';

/** The proto file of the service that the test server offers. */
export const greeterProto = resolve(__dirname, '../../hub/load-test-grpc/greeter.proto');

type HelloRequest = { name: string; count: number };
type HelloReply = { message: string };

/** What a test may want other than a server that answers at once, in plain text, without reflection. */
export type GrpcTestServerOptions = {
  readonly credentials?: ServerCredentials;
  readonly reflection?: 'v1' | 'v1alpha' | 'both';
  readonly delayMs?: number;
  /** Sends an answer when the time for it has come. */
  readonly hold?: (answer: () => void) => void;
};

/** A real gRPC server on a free port of loopback, and what it saw. */
export type GrpcTestServer = {
  readonly host: string;
  /** The names it was asked to greet, a call each. */
  readonly names: string[][];
  /** The metadata of the latest call. */
  readonly metadata: Record<string, unknown>;
  /** Distinct connections, by their remote address. */
  readonly peers: Set<string>;
  close(): Promise<void>;
};

/**
 * Starts the greeter. A call for the name `nobody` ends with NOT_FOUND, `down` with UNAVAILABLE, `slow` never ends.
 */
export async function startGrpcServer(options: GrpcTestServerOptions = {}): Promise<GrpcTestServer> {
  const definition = loadSync(greeterProto, { defaults: true });
  const { helloworld } = loadPackageDefinition(definition) as { helloworld: GrpcObject };
  const greeter = helloworld['Greeter'] as ServiceClientConstructor;
  const server = new Server();
  const seen = { names: [] as string[][], metadata: {} as Record<string, unknown>, peers: new Set<string>() };
  const note = (
    call: { metadata: { getMap(): Record<string, unknown> }; getPeer(): string },
    ...names: string[]
  ): void => {
    seen.names.push(names);
    Object.assign(seen.metadata, call.metadata.getMap());
    seen.peers.add(call.getPeer());
  };
  const after = (action: () => void): void => {
    if (options.hold !== undefined) options.hold(action);
    else if (options.delayMs === undefined) action();
    else setTimeout(action, options.delayMs);
  };
  server.addService(greeter.service, {
    SayHello: (call: ServerUnaryCall<HelloRequest, HelloReply>, reply: sendUnaryData<HelloReply>) => {
      const { name } = call.request;
      note(call, name);
      if (name === 'slow') return;
      if (name === 'nobody') reply({ code: status.NOT_FOUND, details: 'nobody is here' });
      else if (name === 'down') reply({ code: status.UNAVAILABLE, details: 'down for today' });
      else after(() => reply(null, { message: `Hello ${name}` }));
    },
    SayManyHellos: (call: ServerWritableStream<HelloRequest, HelloReply>) => {
      const { name, count } = call.request;
      note(call, name);
      for (let sent = 0; sent < count; sent += 1) call.write({ message: `Hello ${name}` });
      if (name === 'nobody') call.emit('error', { code: status.NOT_FOUND, details: 'nobody is here' });
      else call.end();
    },
    GreetEverybody: (call: ServerReadableStream<HelloRequest, HelloReply>, reply: sendUnaryData<HelloReply>) => {
      const names: string[] = [];
      call.on('data', ({ name }: HelloRequest) => names.push(name));
      call.on('end', () => {
        note(call, ...names);
        reply(null, { message: `Hello ${names.join(', ')}` });
      });
    },
    Chat: (call: ServerDuplexStream<HelloRequest, HelloReply>) => {
      const names: string[] = [];
      call.on('data', ({ name }: HelloRequest) => {
        names.push(name);
        call.write({ message: `Hello ${name}` });
      });
      call.on('end', () => {
        note(call, ...names);
        call.end();
      });
    },
  });
  if (options.reflection !== undefined) addReflection(server, definition, options.reflection);
  const port = await new Promise<number>((resolvePort, reject) => {
    server.bindAsync('127.0.0.1:0', options.credentials ?? ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolvePort(bound);
      else reject(error);
    });
  });
  return {
    host: `127.0.0.1:${port}`,
    ...seen,
    close: () =>
      new Promise((closed) => {
        server.forceShutdown();
        server.tryShutdown(() => closed());
      }),
  };
}

function addReflection(
  server: Server,
  definition: ReturnType<typeof loadSync>,
  version: 'v1' | 'v1alpha' | 'both',
): void {
  const left =
    version === 'both' ? /./ : new RegExp(`^grpc\\.reflection\\.${version}\\.|/grpc\\.reflection\\.${version}\\.`);
  const reflection = new ReflectionService(definition);
  reflection.addToServer({
    addService(service, implementation) {
      const [method] = Object.values(service);
      if (method !== undefined && left.test(method.path)) server.addService(service, implementation);
    },
  });
}
