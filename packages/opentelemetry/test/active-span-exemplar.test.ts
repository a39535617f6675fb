import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { activeSpanExemplar } from '../src/index.js';

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
