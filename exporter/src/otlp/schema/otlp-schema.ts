import protobuf from 'protobufjs';

// The messages of opentelemetry-proto 1.x that a metrics endpoint reads and writes, by their JSON names and field numbers. Fields that
// are left out here, such as scopes, and min and max of a histogram, are skipped.

type Fields = Readonly<Record<string, protobuf.IField>>;

const field = (type: string, id: number): protobuf.IField => ({ type, id });
const repeated = (type: string, id: number): protobuf.IField => ({ type, id, rule: 'repeated' });
const message = (fields: Fields, oneof: readonly string[] = [], nested?: Readonly<Record<string, protobuf.IType>>) => ({
  fields: { ...fields },
  ...(oneof.length === 0 ? {} : { oneofs: { of: { oneof: [...oneof] } } }),
  ...(nested === undefined ? {} : { nested: { ...nested } }),
});

const times = { startTimeUnixNano: field('fixed64', 2), timeUnixNano: field('fixed64', 3) };

const root = protobuf.Root.fromJSON({
  nested: {
    ExportMetricsServiceRequest: message({ resourceMetrics: repeated('ResourceMetrics', 1) }),
    ExportMetricsServiceResponse: message({ partialSuccess: field('ExportMetricsPartialSuccess', 1) }),
    ExportMetricsPartialSuccess: message({ rejectedDataPoints: field('int64', 1), errorMessage: field('string', 2) }),
    ResourceMetrics: message({ resource: field('Resource', 1), scopeMetrics: repeated('ScopeMetrics', 2) }),
    Resource: message({ attributes: repeated('KeyValue', 1) }),
    ScopeMetrics: message({ metrics: repeated('Metric', 2) }),
    Metric: message(
      {
        name: field('string', 1),
        description: field('string', 2),
        unit: field('string', 3),
        gauge: field('Gauge', 5),
        sum: field('Sum', 7),
        histogram: field('Histogram', 9),
        exponentialHistogram: field('ExponentialHistogram', 10),
        summary: field('Summary', 11),
      },
      ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'],
    ),
    Gauge: message({ dataPoints: repeated('NumberDataPoint', 1) }),
    Sum: message({
      dataPoints: repeated('NumberDataPoint', 1),
      aggregationTemporality: field('int32', 2),
      isMonotonic: field('bool', 3),
    }),
    Histogram: message({
      dataPoints: repeated('HistogramDataPoint', 1),
      aggregationTemporality: field('int32', 2),
    }),
    ExponentialHistogram: message({
      dataPoints: repeated('ExponentialHistogramDataPoint', 1),
      aggregationTemporality: field('int32', 2),
    }),
    Summary: message({ dataPoints: repeated('SummaryDataPoint', 1) }),
    SummaryDataPoint: message(times),
    NumberDataPoint: message(
      {
        ...times,
        asDouble: field('double', 4),
        exemplars: repeated('Exemplar', 5),
        asInt: field('sfixed64', 6),
        attributes: repeated('KeyValue', 7),
        flags: field('uint32', 8),
      },
      ['asDouble', 'asInt'],
    ),
    HistogramDataPoint: message(
      {
        ...times,
        count: field('fixed64', 4),
        sum: field('double', 5),
        bucketCounts: repeated('fixed64', 6),
        explicitBounds: repeated('double', 7),
        exemplars: repeated('Exemplar', 8),
        attributes: repeated('KeyValue', 9),
        flags: field('uint32', 10),
      },
      ['sum'],
    ),
    ExponentialHistogramDataPoint: message(
      {
        ...times,
        attributes: repeated('KeyValue', 1),
        count: field('fixed64', 4),
        sum: field('double', 5),
        scale: field('sint32', 6),
        zeroCount: field('fixed64', 7),
        positive: field('Buckets', 8),
        negative: field('Buckets', 9),
        flags: field('uint32', 10),
        exemplars: repeated('Exemplar', 11),
        zeroThreshold: field('double', 14),
      },
      ['sum'],
    ),
    Buckets: message({ offset: field('sint32', 1), bucketCounts: repeated('uint64', 2) }),
    Exemplar: message(
      {
        timeUnixNano: field('fixed64', 2),
        asDouble: field('double', 3),
        spanId: field('bytes', 4),
        traceId: field('bytes', 5),
        asInt: field('sfixed64', 6),
        filteredAttributes: repeated('KeyValue', 7),
      },
      ['asDouble', 'asInt'],
    ),
    KeyValue: message({ key: field('string', 1), value: field('AnyValue', 2) }),
    AnyValue: message(
      {
        stringValue: field('string', 1),
        boolValue: field('bool', 2),
        intValue: field('int64', 3),
        doubleValue: field('double', 4),
        arrayValue: field('ArrayValue', 5),
        kvlistValue: field('KeyValueList', 6),
        bytesValue: field('bytes', 7),
      },
      ['stringValue', 'boolValue', 'intValue', 'doubleValue', 'arrayValue', 'kvlistValue', 'bytesValue'],
    ),
    ArrayValue: message({ values: repeated('AnyValue', 1) }),
    KeyValueList: message({ values: repeated('KeyValue', 1) }),
    // google.rpc.Status, the body of an error.
    Status: message({ code: field('int32', 1), message: field('string', 2) }),
  },
});

/** ExportMetricsServiceRequest: what a sender of metrics posts. */
export const METRICS_REQUEST = root.lookupType('ExportMetricsServiceRequest');
/** ExportMetricsServiceResponse: the answer. */
export const METRICS_RESPONSE = root.lookupType('ExportMetricsServiceResponse');
/** google.rpc.Status: the answer to a request that failed. */
export const STATUS = root.lookupType('Status');
