import {
  addStoreOptions,
  CommandError,
  examples,
  EXIT_CODE,
  type AddCommands,
  type CommandEnvironment,
  type StoreChoice,
} from '@redmeter/experiment';
import { once } from 'node:events';
import { parseListenAddress } from '../listen-address.js';
import { ServiceError } from '../service-error.js';
import { startService } from '../service.js';

type ServeOptions = StoreChoice & { readonly http: string };

/** Adds `redmeter serve`. */
export const addCommands: AddCommands = (program, environment, end) => {
  addStoreOptions(program.command('serve'))
    .description('serve A/B/n lookups and metrics over gRPC and HTTP')
    .option('--http <host:port>', 'the address of the HTTP interfaces', '127.0.0.1:8081')
    .addHelpText('after', examples('redmeter serve'))
    .action(async (options: ServeOptions) => {
      await serve(options, environment);
      end(EXIT_CODE.holds);
    });
};

async function serve(options: ServeOptions, environment: CommandEnvironment): Promise<void> {
  try {
    const service = await startService({
      store: options,
      variables: environment.variables,
      http: parseListenAddress('--http', options.http),
    });
    environment.writeError(`redmeter: HTTP at ${service.httpUrl}\n`);
    if (!environment.signal.aborted) await once(environment.signal, 'abort');
    await service.stop();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const exitCode = error.code === 'invalid_configuration' ? EXIT_CODE.usage : EXIT_CODE.runFailed;
    throw new CommandError(error.message, exitCode, { cause: error });
  }
}
