import { z } from 'zod';
import { CALL_FORM } from '../grpc/grpc-method.js';
import { durationMs } from './duration-schema.js';
import { ghzFields } from './ghz-fields.js';
import { givenSomewhere } from './field-requirements.js';
import { latencyFrom } from './latency-from.js';
import { metadataSchema } from './metadata-schema.js';
import { warmup } from './warmup.js';
import { httpUrl } from './url-schema.js';

const count = z.int().min(1);
const text = z.string().min(1);
const message = z.record(z.string(), z.unknown());
const loadFields = {
  host: text.describe('The server, as host:port.'),
  call: z
    .string()
    .regex(CALL_FORM, { error: 'package.Service/Method or package.Service.Method' })
    .describe('The method to call, as package.Service/Method or package.Service.Method.'),
  proto: text.describe('Proto file of the service, relative to the spec; without one, server reflection is used.'),
  protoURL: httpUrl.describe('URL of the proto file; takes precedence over proto.'),
  protoset: text.describe('Compiled descriptor set of the service (protoc --include_imports --descriptor_set_out).'),
  protosetURL: httpUrl.describe('URL of a compiled descriptor set; takes precedence over protoset.'),
  'import-paths': z.array(text).describe('Folders to search for imports of the proto file, relative to the spec.'),
  data: z
    .union([message, z.array(message).min(1)])
    .describe(
      'Message as fields, or a list of messages; an empty message if not set. Texts may be templates such as {{.UUID}}.',
    ),
  'data-file': text.describe('JSON file with the data, relative to the spec; takes precedence over data.'),
  dataURL: httpUrl.describe(
    'URL to fetch the data from as JSON, once, before the load; takes precedence over data-file.',
  ),
  JSONDataURL: httpUrl.describe('Older name of dataURL.'),
  'binary-file': text.describe(
    'File with one message in protobuf encoding, or several, each prefixed with its length; takes precedence over JSON.',
  ),
  binaryDataURL: httpUrl.describe('URL of such a file; takes precedence over all other data.'),
  metadata: metadataSchema.describe(
    'Metadata of each call; values of names that end with -bin are base64. Texts may be templates.',
  ),
  'metadata-file': text.describe('JSON file with more metadata, relative to the spec.'),
  metadataURL: httpUrl.describe('URL to fetch more metadata from as JSON, once, before the load.'),
  total: count.describe('Calls to make; ignored when duration is set.').meta({ default: 200 }),
  duration: durationMs.describe('How long to make calls, such as 30s.'),
  concurrency: count.max(10_000).describe('Calls at the same time, over all connections.').meta({ default: 50 }),
  connections: count.max(1000).describe('Connections that share the calls.').meta({ default: 1 }),
  rps: z
    .number()
    .min(0)
    .describe('Calls per second, over all connections; 0: as fast as possible.')
    .meta({ default: 0 }),
  timeout: durationMs.describe('How long a call may take.').meta({ default: '20s' }),
  insecure: z.boolean().describe('true: plain text; false: TLS. If not set, TLS when a field below needs it.'),
  cacert: text.describe("PEM file with the certificates to trust instead of the system's; implies TLS."),
  cert: text.describe('PEM file with the client certificate; implies TLS, needs key.'),
  key: text.describe('PEM file with the key of the client certificate.'),
  cname: text.describe("Expected name in the server's certificate; implies TLS."),
  skipTLS: z.boolean().describe('TLS that accepts any server certificate.').meta({ default: false }),
  authority: text.describe('The :authority of the calls; the host if not set.'),
  ...ghzFields,
  percentiles: z
    .array(z.number().min(0).max(100))
    .describe('Latency percentiles to report in addition to 50, 75, 90, 95, 99 and 99.9.'),
  latencyFrom,
  warmupNumRequests: count.describe('Calls to make before the load; their results are ignored.'),
  warmupDuration: durationMs.describe('How long to make calls before the load; their results are ignored.'),
} satisfies Record<string, z.ZodType>;

const optionalLoadFields = z.object(loadFields).partial().shape;
const { host, call } = optionalLoadFields;
const bothOrNone = { dependentRequired: { cert: ['key'], key: ['cert'] } };

type Placed = { readonly host?: string | undefined; readonly call?: string | undefined };

/** The inputs of the gRPC load task as an author writes them. */
export const grpcLoadSchema = z
  .strictObject({
    ...optionalLoadFields,
    warmup: warmup.optional(),
    versionInfo: z
      .array(z.strictObject({ host, call, metadata: metadataSchema.optional() }).nullable())
      .min(1)
      .describe('Versions of the service, loaded one after another; null skips a version.')
      .optional(),
    endpoints: z
      .record(
        z.string().regex(/^[\w.-]+$/, { error: 'a name of letters, digits, ".", "_" and "-"' }),
        z.strictObject(optionalLoadFields).meta(bothOrNone),
      )
      .describe('Calls by name, made one after another; each inherits the fields beside it.')
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
