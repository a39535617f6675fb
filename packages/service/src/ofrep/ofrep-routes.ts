import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Abn } from '../abn.js';
import { failureKind, failureMessage } from '../failure.js';
import { problemSchema } from '../http/failure-answer.js';
import { nameSchema } from '../http/name-schema.js';
import type { Route, RouteAnswer } from '../http/route.js';
import { ServiceError } from '../service-error.js';
import { isMatch } from './if-none-match.js';

// Schemas and error codes: https://github.com/open-feature/protocol, service/openapi.yaml 0.3.0.

const context = z
  .looseObject({
    targetingKey: nameSchema('The user.', 'ann'),
  })
  .meta({ description: 'Other fields have no effect: users are split by weight.' });
const evaluationBody = z.looseObject({ context });

const metadata = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const success = z.strictObject({
  key: z.string().meta({ description: 'The application.' }),
  value: z.string().meta({ description: 'The name of the version.' }),
  variant: z.string().meta({ description: 'The name of the version.' }),
  reason: z.enum(['SPLIT', 'STATIC']).meta({ description: 'STATIC where all users get one version.' }),
  metadata,
});
const failure = z.strictObject({ key: z.string().optional(), errorCode: z.string(), errorDetails: z.string() });
const bulkSuccess = z.strictObject({ flags: z.array(z.union([success, failure])) });

/** Error codes of OpenFeature. */
type ErrorCode = 'PARSE_ERROR' | 'INVALID_CONTEXT' | 'TARGETING_KEY_MISSING' | 'FLAG_NOT_FOUND' | 'GENERAL';

/** Why the context of an evaluation does not do. */
class ContextError extends ServiceError {
  readonly errorCode: ErrorCode;

  constructor(errorCode: ErrorCode, message: string) {
    super('invalid_request', message);
    this.errorCode = errorCode;
  }
}

const unavailable = { description: 'The store does not respond.', schema: failure };

/** The OpenFeature Remote Evaluation Protocol: an application is a flag, its value and variant the version of the user. */
export function ofrepRoutes(abn: Abn): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/ofrep/v1/evaluate/flags/{key}',
      operationId: 'evaluateFlag',
      summary: 'The version of a user, as the value of a flag',
      tag: 'ofrep',
      params: { key: { description: 'The application; a / in it is written %2F.', example: 'shop' } },
      body: evaluationBody,
      responses: {
        200: { description: 'The value.', schema: success },
        400: { description: 'Invalid context.', schema: failure },
        404: { description: 'No such application.', schema: failure },
        415: { description: 'The body is not JSON.', schema: problemSchema },
        503: unavailable,
      },
      async answer({ params: { key = '' }, body }) {
        await abn.application(key);
        return { status: 200, json: await evaluate(abn, key, userOf(body)) };
      },
      refuse: (error, { params: { key = '' } }) => refusal(error, key),
    },
    {
      method: 'POST',
      path: '/ofrep/v1/evaluate/flags',
      operationId: 'evaluateFlagsBulk',
      summary: 'The versions of a user for all applications',
      tag: 'ofrep',
      takesIfNoneMatch: true,
      body: evaluationBody,
      responses: {
        200: { description: 'All values.', schema: bulkSuccess, headers: { ETag: 'Changes when a value does.' } },
        304: { description: 'Nothing changed since the response with that ETag.' },
        400: { description: 'Invalid context.', schema: failure },
        415: { description: 'The body is not JSON.', schema: problemSchema },
        503: unavailable,
      },
      async answer({ body, ifNoneMatch }) {
        const user = userOf(body);
        const flags = await Promise.all(abn.applications().map((key) => evaluateOne(abn, key, user)));
        const etag = `"${createHash('sha256').update(JSON.stringify(flags)).digest('base64url')}"`;
        const headers = { ETag: etag };
        if (isMatch(ifNoneMatch, etag)) return { status: 304, headers };
        return { status: 200, json: { flags }, headers };
      },
      refuse: (error) => refusal(error, undefined),
    },
  ];
}

type Evaluation = z.output<typeof success>;

async function evaluate(abn: Abn, key: string, user: string): Promise<Evaluation> {
  const { version, signature, versionNumber, application } = await abn.lookup(key, user);
  const { versions } = await abn.application(application);
  const reason = versions.filter(({ weight }) => weight > 0).length > 1 ? 'SPLIT' : 'STATIC';
  return { key, value: version, variant: version, reason, metadata: { signature, versionNumber } };
}

async function evaluateOne(abn: Abn, key: string, user: string): Promise<Evaluation | z.output<typeof failure>> {
  try {
    return await evaluate(abn, key, user);
  } catch (error) {
    // Removed meanwhile; what is wrong with the user is wrong for all.
    if (failureKind(error) !== 'not-found') throw error;
    return { key, errorCode: 'FLAG_NOT_FOUND', errorDetails: failureMessage(error) };
  }
}

function userOf(body: unknown): string {
  const given = fieldsOf(body)?.['context'];
  const fields = fieldsOf(given);
  if (fields === undefined) {
    throw new ContextError(
      'INVALID_CONTEXT',
      `expected the field context with an object, got ${given === undefined ? 'none' : JSON.stringify(given)}`,
    );
  }
  const key = fields['targetingKey'];
  if (key === undefined || key === null || key === '') {
    throw new ContextError('TARGETING_KEY_MISSING', 'expected a targetingKey in the context: the user');
  }
  if (typeof key !== 'string') {
    throw new ContextError('INVALID_CONTEXT', `expected the targetingKey to be a string, got ${JSON.stringify(key)}`);
  }
  return key;
}

function refusal(error: unknown, key: string | undefined): RouteAnswer {
  const kind = failureKind(error);
  const json = { ...(key === undefined ? {} : { key }), errorCode: codeOf(error), errorDetails: failureMessage(error) };
  if (kind === 'not-found') return { status: 404, json };
  if (kind === 'invalid') return { status: 400, json };
  return { status: kind === 'internal' ? 500 : 503, json, headers: kind === 'internal' ? {} : { 'Retry-After': '1' } };
}

function codeOf(error: unknown): ErrorCode {
  if (error instanceof ContextError) return error.errorCode;
  const kind = failureKind(error);
  if (kind === 'not-found') return 'FLAG_NOT_FOUND';
  if (kind !== 'invalid') return 'GENERAL';
  // What is no JSON is a ServiceError; a name of a user that does not do comes from the store.
  return error instanceof ServiceError ? 'PARSE_ERROR' : 'INVALID_CONTEXT';
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
