import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { RedisMetricsService } from '@redmeter/redis-metrics';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { activeSpanExemplar } from '../src/index.js';
import { recordOf } from './records.js';

const server = useRedisServer();

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => context.disable());

it('names the active span, also after a wait', async () => {
  const tracer = new BasicTracerProvider().getTracer('test');
  const spans = [tracer.startSpan('a'), tracer.startSpan('b')];
  await Promise.all(
    spans.map((span) =>
      context.with(trace.setSpan(context.active(), span), async () => {
        const { traceId, spanId } = span.spanContext();
        for (let i = 0; i < 3; i += 1) {
          expect(activeSpanExemplar()).toEqual({ trace_id: traceId, span_id: spanId });
          await new Promise((resolve) => setImmediate(resolve));
        }
      }),
    ),
  );
});

it('names no span that is not sampled, and none where none is active', () => {
  expect(activeSpanExemplar()).toBeUndefined();
  const span = new BasicTracerProvider({ sampler: new AlwaysOffSampler() }).getTracer('test').startSpan('a');
  context.with(trace.setSpan(context.active(), span), () => expect(activeSpanExemplar()).toBeUndefined());
});

it('is the exemplar of what the library records within it', async () => {
  const metrics = new RedisMetricsService({ redis: server.url, exemplarSource: activeSpanExemplar, ownMetrics: false });
  const span = new BasicTracerProvider().getTracer('test').startSpan('a');
  context.with(trace.setSpan(context.active(), span), () => metrics.incrementCounter('jobs', 3));
  await metrics.close();
  const { traceId, spanId } = span.spanContext();
  expect(await recordOf(server.client, 'metrics:counter:jobs')).toMatchObject({
    value: 3,
    exemplars: [{ labels: { trace_id: traceId, span_id: spanId }, value: 3 }],
  });
});
