import { z } from 'zod';
import { durationMs } from './duration-schema.js';
import { httpUrl } from './url-schema.js';

const redisUrl = z.string().regex(/^rediss?:\/\/./, { error: 'a redis:// or rediss:// URL' });
// Nothing that kubectl would take for an option.
const nameOf = (what: string): z.ZodString => z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.:-]*$/, { error: what });

const objectFields = {
  group: nameOf('an API group, such as apps').describe("Kubernetes: API group; the cluster's choice if not set."),
  version: nameOf('an API version, such as v1').describe(
    "Kubernetes: version of the API group; the cluster's choice if not set.",
  ),
  namespace: nameOf('a namespace').describe("Kubernetes: namespace; that of kubectl's context if not set."),
  name: nameOf('the name of an object').describe('Kubernetes: name of the object.'),
  condition: z.string().min(1).describe('Kubernetes: one condition that must be True.'),
  conditions: z.array(z.string().min(1)).describe('Kubernetes: conditions that must be True, such as Available.'),
};

/** The inputs of the task that waits until something can be used. */
export const readySchema = z
  .strictObject({
    url: httpUrl.describe('Wait until this URL answers with a status below 400.').optional(),
    tcp: z
      .string()
      .regex(/^[^\s:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/, { error: 'host:port' })
      .describe('Wait until this host:port accepts connections.')
      .optional(),
    redis: redisUrl.describe('Wait until this Redis answers PING.').optional(),
    resource: nameOf('a kind of resource, such as deployments')
      .describe('Wait until an object of this kind, such as deployments, is in the cluster of kubectl.')
      .optional(),
    ...z.object(objectFields).partial().shape,
    timeout: durationMs.describe('How long to wait.').meta({ default: '60s' }).optional(),
  })
  .superRefine((input, context) => {
    const targets = [input.url, input.tcp, input.redis, input.resource].filter((target) => target !== undefined);
    if (targets.length !== 1) {
      context.addIssue({ code: 'custom', path: [], message: 'one of url, tcp, redis and resource' });
      return;
    }
    if (input.resource !== undefined && input.name === undefined) {
      context.addIssue({ code: 'custom', path: ['name'], message: 'the name of the object' });
    }
    for (const field of Object.keys(objectFields) as (keyof typeof objectFields)[]) {
      if (input.resource !== undefined || input[field] === undefined) continue;
      context.addIssue({ code: 'custom', path: [field], message: `no ${field} without a resource of Kubernetes` });
    }
  })
  .meta({
    oneOf: ['url', 'tcp', 'redis', 'resource'].map((field) => ({ required: [field] })),
    dependentRequired: {
      resource: ['name'],
      ...Object.fromEntries(Object.keys(objectFields).map((field) => [field, ['resource']])),
    },
  });

/** The inputs, validated. */
export type ReadyInput = z.output<typeof readySchema>;
