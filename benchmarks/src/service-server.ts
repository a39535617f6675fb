import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { abnDefinition, startService } from '@redmeter/service';

// A process of its own: `service FOLDER` is the A/B/n service on the store in that folder, `echo` the same method of the same library
// answered at once. Prints its address.
const [kind, folder = ''] = process.argv.slice(2);
const anyPort = { host: '127.0.0.1', port: 0 };

async function startEcho(): Promise<string> {
  const server = new Server();
  const methods: UntypedServiceImplementation = {
    Lookup: (_call: unknown, callback: (error: null, answer: object) => void) => callback(null, { versionNumber: 1 }),
  };
  server.addService(abnDefinition('1.1'), methods);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`${anyPort.host}:0`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return `${anyPort.host}:${port}`;
}

async function start(): Promise<string> {
  if (kind === 'echo') return startEcho();
  const logger = { info: () => undefined, error: (line: string) => void process.stderr.write(`${line}\n`) };
  const { grpcAddress } = await startService(
    {
      store: {},
      variables: { METRICS_EMBEDDED_FOLDER: folder },
      grpc: anyPort,
      http: anyPort,
      iter8Abi: '1.1',
      tokenFile: undefined,
      certificate: undefined,
      allowedHosts: [],
      maxConnections: 100,
      version: 'benchmark',
    },
    logger,
  );
  return grpcAddress;
}

process.stdout.write(`${await start()}\n`);
