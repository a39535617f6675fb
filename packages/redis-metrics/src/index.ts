export { DROP_REASONS, type DropReason } from './drop-reasons.js';
export { RedisMetricsError, type RedisMetricsErrorCode } from './error.js';
export { bridgePromClient, type PromClientRegistry } from './bridge-prom-client.js';
export type { PromClientBridgeOptions } from './bridge-options.js';
export { expressMiddleware, type ExpressMiddleware } from './express-middleware.js';
export type { HttpMetricsOptions, HttpMetricsTarget } from './http-request-metrics.js';
export type { GaugeMode } from '@redmeter/metric-format';
export type {
  CountedObservations,
  Counter,
  CounterDefinition,
  Family,
  Gauge,
  GaugeDefinition,
  Histogram,
  HistogramDefinition,
  Labels,
  LabelValue,
} from './instruments.js';
export type { Logger } from './logger.js';
export type { RedisMetricsOptions } from './options.js';
export type { RedisClient } from './redis-client.js';
export type { ClusterLocation, RedisLocation, SentinelLocation, ServerLocation } from './redis-location.js';
export type { PromClientMetric, PromClientValue } from './prom-client-snapshot.js';
export { RedisMetricsService } from './redis-metrics-service.js';
export type { GaugeStats, MetricsStats, TypeStats } from './stats.js';
export { timeHttpServer, type HttpServer } from './time-http-server.js';
