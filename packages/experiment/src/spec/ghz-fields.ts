import { z } from 'zod';
import { byteSize } from './byte-size.js';
import { durationMs } from './duration-schema.js';
import { metadataSchema } from './metadata-schema.js';

const count = z.int().min(1);

/** A field of ghz that other fields replace. */
function replacedBy(instead: string): z.ZodNever {
  return z
    .never({ error: `no such field (${instead})` })
    .describe(`An error: ${instead}.`)
    .meta({ title: 'none' });
}

/** A field of ghz that may have its default alone. */
function onlyOne(value: string, instead: string): z.ZodString {
  return z
    .string()
    .refine((given) => given === value, { error: `${value} (${instead})` })
    .meta({ enum: [value] })
    .describe(`Has no effect: ${instead}.`);
}

const ofReport = 'redmeter report -o text, html, markdown or junit writes the report';
const severalLoads = 'give each load its own task or endpoint';

/**
 * Fields of ghz, which Iter8's gRPC task uses, besides those that most specs have: some have an effect, some have none here, and for the
 * others the error contains the replacement.
 */
export const ghzFields = {
  'reflect-metadata': metadataSchema.describe(
    'Metadata of reflection requests only, in addition to that of the calls.',
  ),
  'max-duration': durationMs.describe('Maximum time to make calls, whatever the total.'),
  'connect-timeout': durationMs
    .describe('How long to wait for a connection before the first call.')
    .meta({ default: '10s' }),
  keepalive: durationMs.describe('How often to ping over each connection; never if not set.'),
  'enable-compression': z.boolean().describe('Compress messages with gzip.').meta({ default: false }),
  'lb-strategy': z
    .enum(['pick_first', 'round_robin'])
    .describe('How a connection chooses among the addresses of the host.')
    .meta({ default: 'pick_first' }),
  'max-recv-message-size': byteSize.describe('Longest message to receive, such as 42 MB; no limit if not set.'),
  'max-send-message-size': byteSize.describe('Longest message to send, such as 42 MB; no limit if not set.'),
  'disable-template-data': z.boolean().describe('Send {{ }} in data and metadata unchanged.').meta({ default: false }),
  'disable-template-functions': z
    .boolean()
    .describe('Disable functions in the templates of data and metadata.')
    .meta({ default: false }),
  'stream-call-count': count.describe(
    'Messages that a call streams to the server, repeating data; if only the server streams, received messages until cancellation.',
  ),
  'stream-interval': durationMs.describe('Time between two messages that a call sends.'),
  'stream-call-duration': durationMs.describe('Maximum time that a call sends messages, or receives them.'),
  'stream-dynamic-messages': z
    .boolean()
    .describe('Fill in the templates of data for each message of a stream instead of once per call.')
    .meta({ default: false }),
  'count-errors': z.boolean().describe('Has no effect: errors with a response have a latency, as in Iter8.'),
  'duration-stop': z
    .enum(['close', 'wait', 'ignore'])
    .describe('Has no effect: calls under way at the end are waited for and counted.'),
  name: z.string().describe('Has no effect; accepted from ghz.'),
  tags: z.record(z.string(), z.unknown()).describe('Has no effect; accepted from ghz.'),
  cpus: z.int().min(0).describe('Has no effect: one core sends.'),
  'concurrency-schedule': onlyOne('const', `for others ${severalLoads}`),
  'concurrency-start': z.int().min(0).describe('Has no effect: the concurrency is constant.'),
  'concurrency-end': replacedBy(severalLoads),
  'concurrency-step': replacedBy(severalLoads),
  'concurrency-step-duration': replacedBy(severalLoads),
  'concurrency-max-duration': replacedBy(severalLoads),
  'load-schedule': onlyOne('const', `for others ${severalLoads}`),
  'load-start': replacedBy(severalLoads),
  'load-end': replacedBy(severalLoads),
  'load-step': replacedBy(severalLoads),
  'load-step-duration': replacedBy(severalLoads),
  'load-max-duration': replacedBy(severalLoads),
  async: replacedBy('raise concurrency, which bounds the calls under way'),
  skipFirst: replacedBy('warmupNumRequests makes calls first whose results are ignored'),
  qps: replacedBy('rps is the rate of calls'),
  output: replacedBy(ofReport),
  format: onlyOne('summary', ofReport),
  debug: replacedBy('the report counts failures by their reason'),
} satisfies Record<string, z.ZodType>;
