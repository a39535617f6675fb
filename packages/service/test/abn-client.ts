import {
  credentials,
  loadPackageDefinition,
  Metadata,
  type ChannelCredentials,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { join } from 'node:path';

type Message = Readonly<Record<string, unknown>>;
type Method = (
  message: Message,
  metadata: Metadata,
  callback: (error: ServiceError | null, answer?: Message) => void,
) => void;

/** A client whose stub is generated from a proto file of `test/protos`. */
export type AbnClient = {
  readonly call: (method: 'Lookup' | 'WriteMetric' | 'GetApplicationData', message: Message) => Promise<Message>;
  readonly close: () => void;
};

/** Connects a client of Iter8 to a service. */
export function abnClient(
  proto: 'iter8_0_13' | 'iter8_1_1',
  address: string,
  options: { readonly token?: string; readonly channel?: ChannelCredentials } = {},
): AbnClient {
  const definition = loadSync(join(__dirname, `protos/${proto}.proto`), { keepCase: true, defaults: true });
  const main = loadPackageDefinition(definition)['main'] as unknown as {
    readonly ABN: new (address: string, channel: ChannelCredentials) => Record<string, Method> & { close(): void };
  };
  const client = new main.ABN(address, options.channel ?? credentials.createInsecure());
  const metadata = new Metadata();
  if (options.token !== undefined) metadata.set('authorization', `Bearer ${options.token}`);
  return {
    call: (method, message) =>
      new Promise((resolve, reject) => {
        client[method]?.(message, metadata, (error, answer) =>
          error === null ? resolve(answer ?? {}) : reject(error),
        );
      }),
    close: () => client.close(),
  };
}
