import type { InstrumentType, PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { AggregationTemporality } from '@opentelemetry/sdk-metrics';
import { RedisMetricsError, type MetricsStats, type RedisMetricsService } from '@redmeter/redis-metrics';
import { resolveExporterOptions, type RedisMetricExporterOptions } from './exporter-options.js';
import { MetricRecorder } from './recording/metric-recorder.js';
import { flushWithin, untilFlushed } from './waiting.js';

type ResultCallback = Parameters<PushMetricExporter['export']>[1];
type ResultCode = Parameters<ResultCallback>[0]['code'];

/* eslint-disable @typescript-eslint/no-unsafe-enum-assignment -- values of an enum of @opentelemetry/core, which applications do not install */
const SUCCESS: ResultCode = 0;
const FAILED: ResultCode = 1;
/* eslint-enable @typescript-eslint/no-unsafe-enum-assignment */

/**
 * Exports the metrics of OpenTelemetry's SDK to Redis, each data point once: what one export could not write stays in the exporter and is
 * written with a later one.
 */
export class RedisMetricExporter implements PushMetricExporter {
  readonly #service: RedisMetricsService;
  readonly #ownsService: boolean;
  readonly #timeoutMs: number;
  readonly #recorder: MetricRecorder;
  #shutdown: Promise<void> | undefined;

  /** @throws RedisMetricsError `invalid_option` */
  constructor(options: RedisMetricExporterOptions) {
    const resolved = resolveExporterOptions(options);
    this.#service = resolved.service;
    this.#ownsService = resolved.ownsService;
    this.#timeoutMs = resolved.timeoutMs;
    this.#recorder = new MetricRecorder(resolved.service, resolved);
  }

  /**
   * Records the data points, and calls back when Redis has acknowledged them. If it has not within `timeoutMs`, or an attempt failed, the
   * result is a failure, and the data points are kept and written later: they must not be exported again. The result is a failure, too, if
   * a metric is not as the SDK has them; the others are written.
   */
  export(metrics: ResourceMetrics, resultCallback: ResultCallback): void {
    if (this.#shutdown !== undefined) {
      const error = new RedisMetricsError(
        'closed',
        'export() was called after shutdown(): these metrics are not written',
      );
      resultCallback({ code: FAILED, error });
      return;
    }
    const [error] = this.#recorder.record(metrics);
    flushWithin(this.#service, this.#timeoutMs).then(
      () => resultCallback(error === undefined ? { code: SUCCESS } : { code: FAILED, error }),
      (reason: unknown) => resultCallback({ code: FAILED, error: reason as Error }),
    );
  }

  /**
   * Resolves when Redis has acknowledged all that was exported, also what an earlier export could not write. It tries for `timeoutMs`.
   * During and after `shutdown()` it waits for that.
   * @throws RedisMetricsError `flush_failed` or `incompatible_data`: what was not written is kept and written later
   */
  async forceFlush(): Promise<void> {
    try {
      if (this.#shutdown === undefined) await untilFlushed(this.#service, this.#timeoutMs);
    } catch (error) {
      if (this.#shutdown === undefined) throw error;
    }
    // It writes the same, and says what it could not write.
    await this.#shutdown;
  }

  /**
   * Writes what is pending, and ends. It tries for 5 seconds, and what could not be written then is counted as dropped. With a service that was
   * given to the exporter it tries for `timeoutMs`; that service stays open, and keeps what could not be written. A second call returns the same
   * promise, which never rejects.
   */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#end();
    return this.#shutdown;
  }

  /** Delivery statistics of all that was exported; those of its service if one was given. */
  stats(): MetricsStats {
    return this.#service.stats();
  }

  /** Delta, since Redis adds up; cumulative for what an observable up-down counter sees, which is a value and not a change. */
  selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality {
    return (instrumentType as string) === 'OBSERVABLE_UP_DOWN_COUNTER'
      ? AggregationTemporality.CUMULATIVE
      : AggregationTemporality.DELTA;
  }

  async #end(): Promise<void> {
    if (this.#ownsService) await this.#service.close();
    // The service has logged what failed, and tries again.
    else await untilFlushed(this.#service, this.#timeoutMs).catch(() => undefined);
  }
}
