const histogram = (name: string): string[] =>
  ['bucket', 'sum', 'count', 'p50', 'p95', 'p99'].map((suffix) => `${name}_${suffix}`);

/** What the store records. */
export const storeMetrics: readonly string[] = [
  'user_events',
  'api_errors',
  'users_waiting',
  'users_active',
  'users_served',
  'users_total',
  ...histogram('api_request_duration_ms'),
];

/** What the library reports about itself. */
export const writerMetrics: readonly string[] = [
  'redmeter_writer_flushes_total',
  'redmeter_writer_flush_failures_total',
  ...histogram('redmeter_writer_flush_duration_ms'),
  'redmeter_writer_series',
  'redmeter_writer_recorded_total',
  'redmeter_writer_dropped_total',
  'redmeter_writer_series_limit_dropped_total',
  'redmeter_writer_last_flush_timestamp_seconds',
  'redmeter_writer_redis_may_evict',
];

/** What `redmeter run` publishes. */
export const experimentMetrics: readonly string[] = [
  'redmeter_experiment_runs_total',
  'redmeter_experiment_last_run_timestamp_seconds',
  'redmeter_experiment_duration_seconds',
  'redmeter_experiment_verdict',
  'redmeter_experiment_slo_verdict',
  'redmeter_experiment_slo_value',
  'redmeter_experiment_slo_limit',
  'redmeter_experiment_metric',
  'redmeter_experiment_winner',
];

/** What `redmeter release` publishes. */
export const releaseMetrics: readonly string[] = [
  'redmeter_release_wanted_weight_percent',
  'redmeter_release_weight_percent',
  'redmeter_release_state',
  'redmeter_release_step',
  'redmeter_release_steps',
  'redmeter_release_next_look_timestamp_seconds',
  'redmeter_release_last_look_timestamp_seconds',
  'redmeter_release_looks_total',
  'redmeter_release_rollbacks_total',
  'redmeter_release_promotions_total',
];

/** What every reader adds to its answer. */
export const readerMetrics: readonly string[] = [
  'redmeter_skipped_keys',
  'redmeter_series',
  'redmeter_series_limit',
  'redmeter_scan_disabled',
  'redmeter_truncated_families',
  'redmeter_last_write_timestamp_seconds',
];

/** What the native exporter says of itself, as far as rules ask. */
export const nativeExporterMetrics: readonly string[] = [
  'redmeter_up',
  'redmeter_node_up',
  'redmeter_unserved_slots',
  'redmeter_exporter_held_counters',
  'redmeter_exporter_rebuilds_total',
  'redmeter_push_rejected_samples_total',
  'redmeter_otlp_recounted_points_total',
];

/** Those of redis_exporter that are used, in 1.45 and 1.88 alike. */
export const redisExporterMetrics: readonly string[] = [
  'redis_aof_current_size_bytes',
  'redis_aof_enabled',
  'redis_aof_last_bgrewrite_status',
  'redis_aof_last_write_status',
  'redis_blocked_clients',
  'redis_commands_duration_seconds_total',
  'redis_commands_processed_total',
  'redis_commands_total',
  'redis_connected_clients',
  'redis_connections_received_total',
  'redis_cpu_sys_seconds_total',
  'redis_cpu_user_seconds_total',
  'redis_db_keys',
  'redis_db_keys_expiring',
  'redis_errors_total',
  'redis_evicted_keys_total',
  'redis_expired_keys_total',
  'redis_instance_info',
  'redis_mem_fragmentation_ratio',
  'redis_memory_max_bytes',
  'redis_memory_used_bytes',
  'redis_memory_used_dataset_bytes',
  'redis_memory_used_overhead_bytes',
  'redis_memory_used_peak_bytes',
  'redis_memory_used_rss_bytes',
  'redis_net_input_bytes_total',
  'redis_net_output_bytes_total',
  'redis_rejected_connections_total',
  'redis_up',
  'redis_uptime_in_seconds',
];

/** What Prometheus itself adds. */
export const prometheusMetrics: readonly string[] = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_post_metric_relabeling',
  'ALERTS',
];
