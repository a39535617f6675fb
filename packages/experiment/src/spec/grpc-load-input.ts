import { z } from 'zod';
import { CALL_FORM } from '../grpc/grpc-method.js';
import { durationMs } from './duration-schema.js';
import { givenSomewhere } from './field-requirements.js';
import { latencyFrom } from './latency-from.js';
import { httpUrl } from './url-schema.js';
import { writtenText } from './written-text.js';

const count = z.int().min(1);
const text = z.string().min(1);
const message = z.record(z.string(), z.unknown());
const metadata = z.record(
  z.string().regex(/^[\w.-]+$/, { error: 'a name of letters, digits, ".", "_" and "-"' }),
  writtenText,
);

const loadFields = {
  host: text.describe('The server, as host:port.'),
  call: z
    .string()
    .regex(CALL_FORM, { error: 'package.Service/Method or package.Service.Method' })
    .describe('The method to call, as package.Service/Method or package.Service.Method.'),
  proto: text.describe(
    'The proto file that describes the service, relative to the spec; without one the server is asked.',
  ),
  protoURL: httpUrl.describe('The URL of that file; preferred to proto.'),
  'import-paths': z.array(text).describe('Folders to look for imports of the proto file in, relative to the spec.'),
  data: z
    .union([message, z.array(message).min(1)])
    .describe('A message, by field; or a list: the calls take them in turn, of a client stream each sends all.'),
  'data-file': text.describe('A JSON file with data, relative to the spec; preferred to data.'),
  dataURL: httpUrl.describe('Where to fetch data as JSON, once, before the load; preferred to data-file.'),
  metadata: metadata.describe('Metadata of each call; values of names that end with -bin are base64.'),
  total: count.describe('Calls to make; 200 by default; ignored when duration is set.'),
  duration: durationMs.describe('How long to make calls, such as 30s.'),
  concurrency: count.max(10_000).describe('Calls at the same time, over all connections; 50 by default.'),
  connections: count.max(1000).describe('Connections that share the calls; 1 by default.'),
  rps: z.number().min(0).describe('Calls per second, over all connections; by default, and with 0, as fast as it can.'),
  timeout: durationMs.describe('How long a call may take; 20s by default.'),
  insecure: z.boolean().describe('Plain text; the default unless one of the fields of TLS is set; false: TLS.'),
  cacert: text.describe("A PEM file with the certificates to trust, instead of the system's; means TLS."),
  cert: text.describe('A PEM file with the certificate to show to the server; means TLS, needs key.'),
  key: text.describe('A PEM file with the key of that certificate.'),
  cname: text.describe("The name to expect in the server's certificate; means TLS."),
  skipTLS: z.boolean().describe('TLS with any certificate; false by default.'),
  authority: text.describe('The :authority of the calls, instead of the host.'),
  percentiles: z
    .array(z.number().min(0).max(100))
    .describe('Latency percentiles to report beside 50, 75, 90, 95, 99 and 99.9.'),
  latencyFrom,
  warmupNumRequests: count.describe('Calls to make first, whose results are ignored.'),
  warmupDuration: durationMs.describe('How long to make calls first, whose results are ignored.'),
} satisfies Record<string, z.ZodType>;

const optionalLoadFields = z.object(loadFields).partial().shape;
const { host, call } = optionalLoadFields;
const bothOrNone = { dependentRequired: { cert: ['key'], key: ['cert'] } };

type Placed = { readonly host?: string | undefined; readonly call?: string | undefined };

/** The inputs of the gRPC load task as an author writes them. */
export const grpcLoadSchema = z
  .strictObject({
    ...optionalLoadFields,
    versionInfo: z
      .array(z.strictObject({ host, call, metadata: metadata.optional() }).nullable())
      .min(1)
      .describe('The versions of the service, loaded one after another; null: not loaded.')
      .optional(),
    endpoints: z
      .record(
        z.string().regex(/^[\w.-]+$/, { error: 'a name of letters, digits, ".", "_" and "-"' }),
        z.strictObject(optionalLoadFields).meta(bothOrNone),
      )
      .describe('Endpoints to load one after another; each inherits the fields beside it.')
      .optional(),
  })
  .superRefine((input, context) => {
    const endpoints: Placed[] = Object.values(input.endpoints ?? { all: {} });
    if (endpoints.length === 0) {
      context.addIssue({ code: 'custom', path: ['endpoints'], message: 'at least one endpoint' });
    }
    for (const [index, version] of (input.versionInfo ?? [{}]).entries()) {
      if (version === null) continue;
      for (const field of ['host', 'call'] as const) {
        const inherited = (version as Placed)[field] ?? input[field];
        if (endpoints.every((endpoint) => (endpoint[field] ?? inherited) !== undefined)) continue;
        context.addIssue({
          code: 'custom',
          path: input.versionInfo === undefined ? [] : ['versionInfo', index],
          message: `a ${field} here, or for each version or endpoint`,
        });
      }
    }
    for (const [path, fields] of [
      [[], input] as const,
      ...Object.entries(input.endpoints ?? {}).map(([name, endpoint]) => [['endpoints', name], endpoint] as const),
    ]) {
      if ((fields.cert === undefined) === (fields.key === undefined)) continue;
      context.addIssue({ code: 'custom', path: [...path], message: 'cert and key, both or none' });
    }
  })
  .meta({ ...bothOrNone, allOf: [givenSomewhere('host'), givenSomewhere('call')] });

/** The inputs of the gRPC load task, validated; durations in milliseconds. */
export type GrpcLoadInput = z.output<typeof grpcLoadSchema>;

/** The inputs that an endpoint may have of its own. */
export type GrpcEndpointInput = NonNullable<GrpcLoadInput['endpoints']>[string];
