import { z } from 'zod';
import type { ServiceMetrics } from '../metrics/service-metrics.js';
import { problemAnswer, problemSchema } from './failure-answer.js';
import type { Route } from './route.js';

const TEXT = 'text/plain; charset=utf-8';
/** Weights this old are out of date: the store has not answered for that long, milliseconds. */
const MAX_WEIGHTS_AGE_MS = 5000;

/** Health, metrics, and the document of all routes, which `document` makes. */
export function operationsRoutes(
  metrics: ServiceMetrics,
  weightsAgeMs: () => number,
  document: () => unknown,
): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/healthz',
      operationId: 'getHealth',
      summary: 'Health of the service',
      tag: 'operations',
      isOpen: true,
      responses: {
        200: { description: 'Healthy.', contentType: TEXT },
        503: {
          description: 'The store does not respond; lookups continue with the last known weights.',
          schema: problemSchema,
        },
      },
      answer() {
        if (weightsAgeMs() < MAX_WEIGHTS_AGE_MS) return { status: 200, text: { body: 'ok\n', contentType: TEXT } };
        const seconds = Math.round(weightsAgeMs() / 1000);
        return problemAnswer(503, 'unavailable', `expected a response of the store, got none for ${seconds} s`);
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      operationId: 'getOwnMetrics',
      summary: "The service's own metrics, for Prometheus",
      tag: 'operations',
      responses: { 200: { description: 'In the text format of Prometheus.', contentType: metrics.contentType } },
      answer: async () => ({ status: 200, text: { body: await metrics.text(), contentType: metrics.contentType } }),
    },
    {
      method: 'GET',
      path: '/openapi.json',
      operationId: 'getOpenApi',
      summary: 'This document',
      tag: 'operations',
      isOpen: true,
      responses: { 200: { description: 'OpenAPI 3.1.', schema: z.looseObject({}) } },
      answer: () => ({ status: 200, json: document() }),
    },
  ];
}
