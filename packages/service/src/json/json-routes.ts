import { MAX_METRIC_VALUE } from '@redmeter/experiment';
import { z } from 'zod';
import type { Abn } from '../abn.js';
import { checkedBody } from '../http/checked-body.js';
import { problemSchema } from '../http/failure-answer.js';
import { nameSchema, soughtSchema } from '../http/name-schema.js';
import type { ParameterDoc, Route } from '../http/route.js';

const application = soughtSchema('The name of an application whose versions are set.', 'shop');
const user = nameSchema('A user or a session.', 'ann');

const lookupBody = z.strictObject({ application, user });
const lookupAnswer = z.strictObject({
  application: z.string().meta({ description: 'Its name in the store.' }),
  user: z.string(),
  version: z.string(),
  signature: z.string().meta({ description: 'Build of the version; may be empty.' }),
  versionNumber: z.int().min(0).meta({ description: 'Index of the version in the list of versions, from 0.' }),
});

const metricsBody = z.strictObject({
  application,
  user,
  metric: nameSchema('The name of a metric.', 'spent'),
  value: z
    .number({ error: `expected a number from -${MAX_METRIC_VALUE} to ${MAX_METRIC_VALUE}` })
    .min(-MAX_METRIC_VALUE, { error: `expected a number from -${MAX_METRIC_VALUE} on` })
    .max(MAX_METRIC_VALUE, { error: `expected a number of at most ${MAX_METRIC_VALUE}` })
    .meta({ examples: [12.5] }),
  transaction: nameSchema('Transaction id: a value written again with the same id counts once.', 'order-17').optional(),
  version: soughtSchema('The version that the user got; default: the one that the user gets now.', 'v1').optional(),
});

const summary = z.object({
  count: z.int(),
  mean: z.number(),
  standardDeviation: z.number(),
  min: z.number(),
  max: z.number(),
  histogram: z.array(z.object({ lower: z.number(), upper: z.number(), count: z.int() })),
});
const applicationAnswer = z.strictObject({
  application: z.string(),
  versions: z.array(
    z.strictObject({
      version: z.string(),
      signature: z.string(),
      weight: z.number(),
      share: z.number().min(0).max(1).meta({ description: 'Share of users.' }),
    }),
  ),
});
const metricsAnswer = z.strictObject({
  application: z.string(),
  builds: z.array(
    z.strictObject({
      version: z.string(),
      signature: z.string(),
      numUsers: z.int(),
      metrics: z.record(z.string(), z.strictObject({ overTransactions: summary, overUsers: summary })),
    }),
  ),
});

const applicationParam: Readonly<Record<string, ParameterDoc>> = {
  application: {
    description: 'The name of an application whose versions are set; a / in it is written %2F.',
    example: 'shop',
  },
};
const notFound = { 404: { description: 'No such application, or no such version of it.', schema: problemSchema } };
const badRequest = { 400: { description: 'Invalid request.', schema: problemSchema } };
const unavailable = {
  503: { description: 'The store does not respond, or too many values wait to be stored.', schema: problemSchema },
};

/** The interface at /v1. */
export function jsonRoutes(abn: Abn): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/lookup',
      operationId: 'lookup',
      summary: 'Which version a user gets',
      tag: 'abn',
      body: lookupBody,
      responses: {
        200: { description: 'The version, always the same while versions and weights are.', schema: lookupAnswer },
        ...badRequest,
        ...notFound,
        ...unavailable,
      },
      async answer({ body }) {
        const wanted = checkedBody(lookupBody, body);
        const { application: known, ...assigned } = await abn.lookup(wanted.application, wanted.user);
        return { status: 200, json: { application: known, user: wanted.user, ...assigned } };
      },
    },
    {
      method: 'POST',
      path: '/v1/metrics',
      operationId: 'writeMetric',
      summary: 'Store a value of a metric',
      tag: 'abn',
      body: metricsBody,
      responses: {
        204: { description: 'The value is stored.' },
        ...badRequest,
        ...notFound,
        ...unavailable,
      },
      async answer({ body }) {
        await abn.writeMetric(checkedBody(metricsBody, body));
        return { status: 204 };
      },
    },
    {
      method: 'GET',
      path: '/v1/applications',
      operationId: 'listApplications',
      summary: 'All applications',
      tag: 'abn',
      responses: {
        200: { description: 'Their names, sorted.', schema: z.strictObject({ applications: z.array(z.string()) }) },
      },
      answer: () => ({ status: 200, json: { applications: abn.applications() } }),
    },
    {
      method: 'GET',
      path: '/v1/applications/{application}',
      operationId: 'getApplication',
      summary: 'Versions and weights of an application',
      tag: 'abn',
      params: applicationParam,
      responses: {
        200: { description: 'The versions in their order.', schema: applicationAnswer },
        ...notFound,
        ...unavailable,
      },
      async answer({ params }) {
        const { application: known, versions } = await abn.application(params['application'] ?? '');
        const total = versions.reduce((sum, { weight }) => sum + weight, 0);
        const shown = versions.map(({ version, signature, weight }) => ({
          version,
          signature,
          weight,
          share: weight / total,
        }));
        return { status: 200, json: { application: known, versions: shown } };
      },
    },
    {
      method: 'GET',
      path: '/v1/applications/{application}/metrics',
      operationId: 'getMetrics',
      summary: 'Users and metrics of the versions of an application',
      tag: 'abn',
      params: applicationParam,
      responses: {
        200: { description: 'Over transactions and over users, for each build of a version.', schema: metricsAnswer },
        ...notFound,
        ...unavailable,
      },
      async answer({ params }) {
        const { application: known } = await abn.application(params['application'] ?? '');
        return { status: 200, json: { application: known, builds: await abn.metrics(known) } };
      },
    },
  ];
}
