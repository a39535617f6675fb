import { describe, expect, it } from '@jest/globals';
import { canonicalMetricName } from '../../src/result/metric-name.js';

describe('a metric name', () => {
  it.each([
    ['built-in/p95', 'built-in/p95.0'],
    ['built-in/p95.0', 'built-in/p95.0'],
    ['built-in/p99.99', 'built-in/p99.99'],
    ['built-in/error-rate', 'built-in/error-rate'],
    ['http/latency-p95', 'built-in/p95.0'],
    ['http/latency-mean', 'built-in/mean-latency'],
    ['http/error-count', 'built-in/error-count'],
    ['grpc/latency/p97.5', 'grpc/p97.5'],
    ['grpc/latency-p99.9', 'grpc/p99.9'],
    ['grpc/latency/mean', 'grpc/mean-latency'],
    ['grpc/error-rate', 'grpc/error-rate'],
    ['grpc-join/latency/max', 'grpc-join/max-latency'],
    ['built-in/grpc-request-count', 'grpc/request-count'],
    ['built-in/grpc-latency/p95', 'grpc/p95.0'],
    ['built-in/http-error-rate', 'built-in/error-rate'],
    ['built-in/http-request-count', 'built-in/request-count'],
    ['built-in/http-latency-mean', 'built-in/mean-latency'],
    ['built-in/http-latency-p95', 'built-in/p95.0'],
    ['built-in/grpc-latency/mean', 'grpc/mean-latency'],
    ['built-in/grpc-error-rate', 'grpc/error-rate'],
    ['http-checkout/latency-p50', 'http-checkout/p50.0'],
    ['http-checkout/mean-latency', 'http-checkout/mean-latency'],
    ['http/service-time-p95', 'built-in/service-time-p95.0'],
    ['built-in/service-time-mean', 'built-in/service-time-mean'],
    ['grpc-join/service-time-stddev', 'grpc-join/service-time-stddev'],
    ['built-in/service-time-sum', 'built-in/service-time-sum'],
    ['istio-prom/request-count', 'istio-prom/request-count'],
    ['built-in/latency', 'built-in/latency'],
    ['plain', 'plain'],
  ])('%s is known as %s', (name, canonical) => {
    expect(canonicalMetricName(name)).toBe(canonical);
  });
});
