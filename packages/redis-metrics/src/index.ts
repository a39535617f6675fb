export { DROP_REASONS, type DropReason } from '@redmeter/metric-format';
export { RedisMetricsError, type RedisMetricsErrorCode } from './errors/redis-metrics-error.js';
export { bridgePromClient, type PromClientRegistry } from './prom-client/bridge-prom-client.js';
export type { PromClientBridgeOptions } from './prom-client/bridge-options.js';
export { expressMiddleware, type ExpressMiddleware } from './http/express-middleware.js';
export type { HttpMetricsOptions, HttpMetricsTarget } from './http/http-request-metrics.js';
export type { GaugeMode, SparseBuckets } from '@redmeter/metric-format';
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
  NativeObservations,
} from './recording/series/instruments.js';
export type { ExemplarLabels } from './recording/series/exemplars.js';
export type { Logger } from './accounting/logger.js';
export type { RedisMetricsOptions } from './service/options.js';
export type { RedisClient } from './redis/redis-client.js';
export type { NodeRedisClient } from './redis/clients/node-redis-client.js';
export type {
  ClusterLocation,
  RedisLocation,
  SentinelLocation,
  ServerLocation,
  ServerOptions,
} from './redis/redis-location.js';
export type { RestLocation, UpstashClient } from './redis/clients/rest-client.js';
export type { PromClientMetric, PromClientValue } from './prom-client/prom-client-snapshot.js';
export { RedisMetricsService } from './service/redis-metrics-service.js';
export type { GaugeStats, MetricsStats, TypeStats } from './service/stats.js';
export { timeHttpServer, type HttpServer } from './http/time-http-server.js';
