import { z } from 'zod';
import { durationMs } from './duration-schema.js';
import { anyGiven, givenSomewhere } from './field-requirements.js';
import { latencyFrom } from './latency-from.js';
import { warmup } from './warmup.js';
import { httpUrl } from './url-schema.js';
import { writtenText } from './written-text.js';

const count = z.int().min(1);
const statusCode = z.int().min(0).max(999);
// A line break would begin another header, or another request.
const headerText = { test: (text: string): boolean => !/[\0\r\n]/.test(text), error: 'a single line of text' };
const headers = z.record(z.string(), writtenText.refine(headerText.test, headerText)).superRefine((fields, context) => {
  for (const name of Object.keys(fields)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
      context.addIssue({ code: 'custom', path: [name], message: 'a name of letters, digits and "-"' });
    }
  }
});

/** The methods that a load may send. */
export const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const ENGINE_GONE =
  'no engine (one built-in engine sends all loads and follows redirects; run a k6 script with k6 itself)';

const loadFields = {
  url: httpUrl.describe('URL to send requests to.'),
  numRequests: count.describe('Requests to send; 100 if duration is not set either.'),
  duration: durationMs.describe('How long to send requests, such as 30s; used when numRequests is not set.'),
  qps: z
    .number()
    .describe('Requests per second, over all connections; 0 or less: as fast as possible.')
    .meta({ default: 8 }),
  connections: count.max(10_000).describe('Connections that send at the same time.').meta({ default: 4 }),
  threads: count
    .max(64)
    .describe('Worker threads that share the connections and the rate, when one core is not enough.')
    .meta({ default: 1 }),
  timeout: durationMs.describe('How long to wait for a response.').meta({ default: '10s' }),
  method: z
    .enum(HTTP_METHODS)
    .describe('Method of each request; if not set, GET, and POST with a body or a contentType.'),
  payloadStr: z.string().describe('Body of each request; makes it a POST unless method is set.'),
  payloadURL: httpUrl.describe('URL to fetch the body from, once, before the load; takes precedence over payloadStr.'),
  payloadFile: z
    .string()
    .min(1)
    .describe('File with the body, relative to the spec; takes precedence over payloadURL.'),
  contentType: z
    .string()
    .min(1)
    .refine(headerText.test, headerText)
    .describe('Content-Type of the body; makes it a POST unless method is set. With a body, application/octet-stream.'),
  errorRanges: z
    .array(
      z
        .strictObject({
          lower: statusCode.describe('Lowest status of the range.').optional(),
          upper: statusCode.describe('Highest status of the range.').optional(),
        })
        .refine((range) => range.lower !== undefined || range.upper !== undefined, { error: 'lower, upper or both' })
        .meta(anyGiven('lower', 'upper')),
    )
    .describe('Statuses that are errors, both ends included; if not set, 400 and above.'),
  percentiles: z
    .array(z.number().min(0).max(100))
    .describe('Latency percentiles to report in addition to 50, 75, 90, 95, 99 and 99.9.'),
  headers: headers.describe('Headers of each request.'),
  insecure: z.boolean().describe('Accept any TLS certificate, also of payloadURL.').meta({ default: false }),
  followRedirects: z
    .boolean()
    .describe('Follow redirects; the latency covers all steps. Otherwise a 302 is an answer.')
    .meta({ default: false }),
  engine: z
    .string()
    .refine((engine) => engine === 'autocannon', { error: ENGINE_GONE })
    .meta({ enum: ['autocannon'] })
    .describe('Has no effect; accepted for older files. One built-in engine sends all loads.'),
  latencyFrom,
  warmupNumRequests: count.describe('Requests to send before the load; their results are ignored.'),
  warmupDuration: durationMs.describe('How long to send requests before the load; their results are ignored.'),
  allowInitialErrors: z
    .boolean()
    .describe('Has no effect; accepted from Iter8. Errors of the first requests count and never end a load.'),
} satisfies Record<string, z.ZodType>;

const optionalLoadFields = z.object(loadFields).partial().shape;

/** The inputs of the HTTP load task as an author writes them. */
export const httpLoadSchema = z
  .strictObject({
    ...optionalLoadFields,
    warmup: warmup.optional(),
    versionInfo: z
      .array(z.strictObject({ url: httpUrl.optional(), headers: headers.optional() }).nullable())
      .min(1)
      .describe('Versions of the service, loaded one after another; null skips a version.')
      .optional(),
    endpoints: z
      .record(
        z.string().regex(/^[\w.-]+$/, { error: 'a name of letters, digits, ".", "_" and "-"' }),
        z.strictObject(optionalLoadFields),
      )
      .describe('Endpoints by name, loaded one after another; each inherits the fields beside it.')
      .optional(),
  })
  .superRefine((input, context) => {
    const endpoints = Object.entries(input.endpoints ?? {});
    if (input.endpoints !== undefined && endpoints.length === 0) {
      context.addIssue({ code: 'custom', path: ['endpoints'], message: 'at least one endpoint' });
    }
    const versions = input.versionInfo ?? [null];
    versions.forEach((version, index) => {
      const inherited = version?.url ?? input.url;
      const isSkipped = input.versionInfo !== undefined && version === null;
      const isWithout =
        endpoints.length === 0
          ? inherited === undefined
          : endpoints.some(([, endpoint]) => (endpoint.url ?? inherited) === undefined);
      if (isSkipped || !isWithout) return;
      context.addIssue({
        code: 'custom',
        path: input.versionInfo === undefined ? [] : ['versionInfo', index],
        message: 'a url here, or for each version or endpoint',
      });
    });
  })
  .meta(givenSomewhere('url'));

/** The inputs of the HTTP load task, validated; durations in milliseconds. */
export type HttpLoadInput = z.output<typeof httpLoadSchema>;

/** The inputs that an endpoint may have of its own. */
export type HttpEndpointInput = NonNullable<HttpLoadInput['endpoints']>[string];
