import { isResultName, type ExperimentResult } from '@redmeter/experiment';
import { z } from 'zod';
import type { Abn } from '../abn.js';
import { problemSchema } from '../http/failure-answer.js';
import type { ParameterDoc, Route } from '../http/route.js';
import { ServiceError } from '../service-error.js';
import type { ServiceStore } from '../store/service-store.js';
import { abnDashboard } from './abn-dashboard.js';
import { loadDashboard, type LoadKind } from './load-dashboard.js';

const DEFAULT_NAMESPACE = 'default';

const namespace: ParameterDoc = {
  description: 'The namespace; default for names without one.',
  example: DEFAULT_NAMESPACE,
};
const answers = {
  200: { description: 'The JSON of the dashboard.', schema: z.looseObject({}) },
  400: { description: 'A parameter is missing.', schema: problemSchema },
  404: { description: 'Not found; Iter8 returns 400.', schema: problemSchema },
};

/** What Iter8's Grafana dashboards ask for. */
export function dashboardRoutes(abn: Abn, store: ServiceStore): readonly Route[] {
  const load = (kind: LoadKind): Route => ({
    method: 'GET',
    path: `/${kind}Dashboard`,
    operationId: `get${kind === 'http' ? 'Http' : 'Grpc'}Dashboard`,
    summary: `A stored result of a load by ${kind === 'http' ? 'HTTP' : 'gRPC'}`,
    tag: 'dashboards',
    query: { namespace, test: { description: 'The name that "run --save" gave the result.', example: 'load-test' } },
    responses: answers,
    answer: async ({ query: { namespace: space = '', test = '' } }) => ({
      status: 200,
      json: loadDashboard(kind, { namespace: space, test, result: await storedResult(store, space, test) }),
    }),
  });
  return [
    {
      method: 'GET',
      path: '/abnDashboard',
      operationId: 'getAbnDashboard',
      summary: 'The metrics of an application, by version',
      tag: 'dashboards',
      query: { namespace, application: { description: 'The name of the application.', example: 'shop' } },
      responses: answers,
      answer: async ({ query: { namespace: space = '', application = '' } }) => ({
        status: 200,
        json: await abnDashboard(abn, store, `${space}/${application}`),
      }),
    },
    load('http'),
    load('grpc'),
  ];
}

async function storedResult(store: ServiceStore, space: string, test: string): Promise<ExperimentResult> {
  const names = space === DEFAULT_NAMESPACE ? [`${space}/${test}`, test] : [`${space}/${test}`];
  for (const name of names.filter(isResultName)) {
    const stored = await store.metrics.get(name);
    if (stored !== undefined) return stored.result;
  }
  throw new ServiceError('not_found', `expected the name of a stored result, got ${JSON.stringify(names[0])}`);
}
