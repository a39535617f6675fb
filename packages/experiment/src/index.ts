export * from './result/bucket-edges.js';
export * from './result/latency-percentile.js';
export * from './result/latency-summary.js';
export * from './result/load-metrics.js';
export * from './result/load-summary.js';
export * from './result/metric-name.js';
export * from './result/timeline.js';
