import {
  addStoreOptions,
  CommandError,
  examples,
  EXIT_CODE,
  type AddCommands,
  type CommandEnvironment,
  type StoreChoice,
} from '@redmeter/experiment';
import { isHostPattern, readListenAddress, type ListenAddress } from '@redmeter/http-server';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';
import { ITER8_ABIS, type Iter8Abi } from '../grpc/abn-service.js';
import { packageFile } from '../package-file.js';
import { ServiceError } from '../service-error.js';
import { startService, type ServiceOptions } from '../service.js';

type ServeOptions = StoreChoice & {
  readonly grpc: string;
  readonly http: string;
  readonly iter8Abi: string;
  readonly tokenFile?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly allowedHosts?: string;
  readonly maxConnections: string;
};

const GRACE_MS = 10_000;

/** Adds `redmeter serve`. */
export const addCommands: AddCommands = (program, environment, end) => {
  addStoreOptions(program.command('serve'))
    .description('serve A/B/n lookups and metrics over gRPC and HTTP')
    .option('--grpc <host:port>', 'address of the gRPC interface', '127.0.0.1:50051')
    .option('--http <host:port>', 'address of the HTTP interfaces', '127.0.0.1:8081')
    .option(
      '--iter8-abi <version>',
      `version of the Iter8 clients, ${ITER8_ABIS.join(' or ')}; Lookup returns a track to the first, a number to the second`,
      '1.1',
    )
    .option('--token-file <file>', 'tokens that clients must send, one per line (default: no token needed)')
    .option('--tls-cert <file>', 'certificate of both interfaces, PEM (default: no TLS)')
    .option('--tls-key <file>', 'key of the certificate, PEM')
    .option(
      '--allowed-hosts <names>',
      'host names that HTTP requests may use without tokens, separated by commas; IP addresses and localhost are always allowed',
    )
    .option('--max-connections <n>', 'maximum number of connections to each interface', '1000')
    .addHelpText(
      'after',
      examples(
        'redmeter serve',
        'redmeter serve --grpc 0.0.0.0:50051 --http 0.0.0.0:8081 --token-file tokens --tls-cert cert.pem --tls-key key.pem',
        'redmeter serve --iter8-abi 0.13 --metrics-implementation redis --metrics-redis-address redis:6379',
      ),
    )
    .action(async (options: ServeOptions) => {
      await serve(options, environment);
      end(EXIT_CODE.holds);
    });
};

async function serve(options: ServeOptions, environment: CommandEnvironment): Promise<void> {
  const print = (message: string): void => environment.writeError(`redmeter: ${message}\n`);
  try {
    const started = serviceOptions(options, environment);
    const service = await startService(started, { info: print, error: print });
    const isPublic = [started.grpc, started.http].some(({ host }) => !isLoopback(host));
    if (isPublic && options.tokenFile === undefined)
      print('no --token-file: anyone who can reach the service can use it');
    print(`serving gRPC (Iter8 ${started.iter8Abi}) at ${service.grpcAddress}, HTTP at ${service.httpUrl}`);
    if (!environment.signal.aborted) await once(environment.signal, 'abort');
    await service.stop(GRACE_MS);
    print('stopped');
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const exitCode = error.code === 'invalid_configuration' ? EXIT_CODE.usage : EXIT_CODE.runFailed;
    throw new CommandError(error.message, exitCode, { cause: error });
  }
}

function serviceOptions(options: ServeOptions, { variables }: CommandEnvironment): ServiceOptions {
  const { tlsCert, tlsKey } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new ServiceError('invalid_configuration', 'expected --tls-cert and --tls-key together, got one of them');
  }
  return {
    store: options,
    variables,
    grpc: listenAddress('--grpc', options.grpc),
    http: listenAddress('--http', options.http),
    iter8Abi: iter8Abi(options.iter8Abi),
    tokenFile: options.tokenFile,
    certificate: tlsCert === undefined || tlsKey === undefined ? undefined : { cert: tlsCert, key: tlsKey },
    allowedHosts: allowedHosts(options.allowedHosts),
    maxConnections: maxConnections(options.maxConnections),
    version: manifest.parse(JSON.parse(readFileSync(packageFile('package.json'), 'utf8'))).version,
  };
}

const manifest = z.object({ version: z.string() });

function listenAddress(flag: string, text: string): ListenAddress {
  const address = readListenAddress(text);
  if (address !== undefined) return address;
  throw invalid(flag, 'host:port, such as 127.0.0.1:8081, [::1]:8081, or 0.0.0.0:8081 for all addresses', text);
}

function iter8Abi(text: string): Iter8Abi {
  const abi = ITER8_ABIS.find((each) => each === text);
  if (abi !== undefined) return abi;
  throw invalid('--iter8-abi', ITER8_ABIS.join(' or '), text);
}

function allowedHosts(text = ''): string[] {
  const hosts = text.split(/[\s,]+/).filter((host) => host !== '');
  if (hosts.every(isHostPattern)) return hosts;
  throw invalid('--allowed-hosts', 'host names without ports, separated by commas, such as abn,*.example.com', text);
}

function maxConnections(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= 100_000) return count;
  throw invalid('--max-connections', 'a whole number from 1 to 100000', text);
}

function invalid(flag: string, expected: string, got: string): ServiceError {
  return new ServiceError('invalid_configuration', `${flag}: expected ${expected}, got ${JSON.stringify(got)}`);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
