// The server that this sample loads: node greeter.mjs, on 127.0.0.1:50051 or the port that PORT says.
import { loadPackageDefinition, Server, ServerCredentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { fileURLToPath } from 'node:url';

/** @typedef {{ name: string, count: number }} HelloRequest */
/** @typedef {{ message: string }} HelloReply */

const definition = loadSync(fileURLToPath(new URL('greeter.proto', import.meta.url)));
const { helloworld } =
  /** @type {{ helloworld: { Greeter: import('@grpc/grpc-js').ServiceClientConstructor } }} */
  (/** @type {unknown} */ (loadPackageDefinition(definition)));

/**
 * @param {string} name
 * @returns {HelloReply}
 */
const hello = (name) => ({ message: `Hello ${name || 'you'}` });

/** @type {import('@grpc/grpc-js').handleUnaryCall<HelloRequest, HelloReply>} */
const SayHello = (call, reply) => reply(null, hello(call.request.name));

/** @type {import('@grpc/grpc-js').handleServerStreamingCall<HelloRequest, HelloReply>} */
const SayManyHellos = (call) => {
  for (let sent = 0; sent < call.request.count; sent += 1) call.write(hello(call.request.name));
  call.end();
};

/** @type {import('@grpc/grpc-js').handleClientStreamingCall<HelloRequest, HelloReply>} */
const GreetEverybody = (call, reply) => {
  /** @type {string[]} */
  const names = [];
  call.on('data', (/** @type {HelloRequest} */ { name }) => names.push(name));
  call.on('end', () => reply(null, hello(names.join(', '))));
};

/** @type {import('@grpc/grpc-js').handleBidiStreamingCall<HelloRequest, HelloReply>} */
const Chat = (call) => {
  call.on('data', (/** @type {HelloRequest} */ { name }) => call.write(hello(name)));
  call.on('end', () => call.end());
};

const server = new Server();
server.addService(helloworld.Greeter.service, { SayHello, SayManyHellos, GreetEverybody, Chat });
const port = process.env['PORT'] ?? '50051';
server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
  if (error !== null) throw error;
  process.stdout.write(`listening on 127.0.0.1:${bound}\n`);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.tryShutdown(() => undefined));
