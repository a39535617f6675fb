import {
  loadPackageDefinition,
  status,
  type Metadata,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Abn } from '../abn.js';
import { failureKind, failureMessage, type FailureKind } from '../failure.js';
import type { Logger } from '../logger.js';
import type { Outcome, ServiceMetrics } from '../metrics/service-metrics.js';
import { packageFile } from '../package-file.js';
import { ServiceError } from '../service-error.js';
import type { Tokens } from '../access/tokens.js';
import { applicationData } from './application-data.js';

/** The wire forms of Iter8: what `Lookup` answers is a track, a text, in 0.13 and 0.14, and a number from 0.15 on. */
export const ITER8_ABIS = ['0.13', '1.1'] as const;

/** One of them. */
export type Iter8Abi = (typeof ITER8_ABIS)[number];

/** What the service answers from. */
export type AbnServiceParts = {
  readonly abn: Abn;
  readonly tokens: Tokens;
  readonly metrics: ServiceMetrics;
  readonly logger: Logger;
};

type Call<Request> = { readonly request: Request; readonly metadata: Metadata };
type Callback = (error: { readonly code: status; readonly details: string } | null, answer?: object) => void;

const STATUS: Readonly<Record<FailureKind, status>> = {
  invalid: status.INVALID_ARGUMENT,
  'not-found': status.NOT_FOUND,
  overloaded: status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
  internal: status.INTERNAL,
};

/** The definition of `main.ABN` in one of its wire forms. */
export function abnDefinition(abi: Iter8Abi): ServiceDefinition {
  const loaded = loadPackageDefinition(
    loadSync(packageFile(`proto/abn-${abi}.proto`), { keepCase: true, defaults: true }),
  );
  const main = loaded['main'] as unknown as { readonly ABN: { readonly service: ServiceDefinition } };
  return main.ABN.service;
}

/** The methods of `main.ABN`. */
export function abnImplementation(
  abi: Iter8Abi,
  { abn, tokens, metrics, logger }: AbnServiceParts,
): UntypedServiceImplementation {
  const method = <Request>(name: string, answer: (request: Request) => Promise<object>) => {
    const count = metrics.operation(`grpc ${name}`);
    return (call: Call<Request>, callback: Callback): void => {
      if (!tokens.accept(authorizationOf(call.metadata))) {
        metrics.refusedRequests.inc({ reason: 'token' });
        callback({ code: status.UNAUTHENTICATED, details: 'expected a token in authorization: Bearer <token>' });
        return;
      }
      const startMs = performance.now();
      const end = (outcome: Outcome): void => count(outcome, (performance.now() - startMs) / 1000);
      answer(call.request).then(
        (message) => {
          end('ok');
          callback(null, message);
        },
        (error: unknown) => {
          const kind = failureKind(error);
          if (kind === 'internal')
            logger.error(`${name} failed: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
          end(kind === 'invalid' || kind === 'not-found' ? 'refused' : 'failed');
          callback({ code: STATUS[kind], details: failureMessage(error) });
        },
      );
    };
  };
  return {
    Lookup: method('Lookup', async ({ name, user }: { readonly name: string; readonly user: string }) => {
      const { version, versionNumber } = await abn.lookup(name, user);
      return abi === '0.13' ? { track: version } : { versionNumber };
    }),
    WriteMetric: method(
      'WriteMetric',
      async (request: Readonly<Record<'name' | 'value' | 'application' | 'user' | 'transaction', string>>) => {
        const { name: metric, application, user, transaction } = request;
        await abn.writeMetric({
          application,
          user,
          metric,
          value: parseValue(request.value),
          ...(transaction === '' ? {} : { transaction }),
        });
        return {};
      },
    ),
    GetApplicationData: method('GetApplicationData', async ({ application }: { readonly application: string }) => ({
      applicationJson: applicationData(await abn.application(application), await abn.metrics(application)),
    })),
  };
}

function parseValue(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new ServiceError(
    'invalid_request',
    `expected the value to be a number in a string, got ${JSON.stringify(text)}`,
  );
}

function authorizationOf(metadata: Metadata): string | undefined {
  const [first] = metadata.get('authorization');
  return typeof first === 'string' ? first : undefined;
}
