import { trace, TraceFlags, type SpanContext } from '@opentelemetry/api';

let lastContext: SpanContext | undefined;
let lastLabels: { readonly trace_id: string; readonly span_id: string } | undefined;

/**
 * The active span as an exemplar: for the option `exemplarSource` of RedisMetricsService.
 * @returns `trace_id` and `span_id`; undefined when no span is active, or it is not sampled, since nobody could look it up
 */
export function activeSpanExemplar(): { readonly trace_id: string; readonly span_id: string } | undefined {
  const context = trace.getActiveSpan()?.spanContext();
  if (context === undefined || (context.traceFlags & TraceFlags.SAMPLED) === 0) return undefined;
  // A request records many values within one span: they share the labels.
  if (context === lastContext) return lastLabels;
  lastContext = context;
  lastLabels = { trace_id: context.traceId, span_id: context.spanId };
  return lastLabels;
}
