import type { GaugeMode } from '@redmeter/redis-metrics';

/**
 * The mode of gauges: one for all, one for each name, or a function of the name. What it leaves undefined has the default, `process`.
 *
 * - `process`: a series for each process, with a label `process`; it expires after the process ended.
 * - `last`: one series with the value that any process exported last.
 */
export type GaugeModes = ModesOf<'last' | 'process'>;

/**
 * The mode of up-down counters: one for all, one for each name, or a function of the name. What it leaves undefined has the default: `sum`
 * for up-down counters, `process` for observable ones.
 *
 * - `sum`: one series, to which the changes of all processes are added, each once. What a process added stays when it ends.
 * - `process`: a series with the value of each process, with a label `process`; it expires after the process ended.
 */
export type UpDownCounterModes = ModesOf<'process' | 'sum'>;

type ModesOf<Mode extends GaugeMode> =
  Mode | Readonly<Record<string, Mode | undefined>> | ((name: string) => Mode | undefined);

/** How data points become metrics in Redis. */
export interface RecordingOptions {
  /** The mode of gauges and observable gauges. Default `process`. */
  readonly gauges?: GaugeModes;
  /** The mode of up-down counters. Default `sum`, and `process` for observable ones. */
  readonly upDownCounters?: UpDownCounterModes;
  /**
   * Names of attributes of the resource that become labels of each series, such as `service.name`. An attribute of a data point with the same
   * name is used instead. Attributes that differ between processes make a series for each of them. Default none.
   */
  readonly resourceLabels?: readonly string[];
  /**
   * Whether name, version and schema URL of the instrumentation scope become the labels `otel_scope_name`, `otel_scope_version` and
   * `otel_scope_schema_url`. Default false.
   */
  readonly scopeLabels?: boolean;
}
