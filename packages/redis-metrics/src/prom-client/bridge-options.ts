import { GAUGE_MODES, type GaugeMode } from '@redmeter/metric-format';
import { RedisMetricsError } from '../errors/redis-metrics-error.js';
import { shownValue } from '../errors/shown-value.js';

/** How a prom-client registry is copied to Redis. */
export interface PromClientBridgeOptions {
  /**
   * The mode of all gauges, or a function that returns the mode of a gauge by its name; `undefined` means the default. For the quantiles of
   * a summary it is called with their own names, such as `x_p50`.
   *
   * Default: `process`, one series per process, which expires with it. A gauge with the prom-client aggregator `first` has mode `last`,
   * except `process_…` and `nodejs_…`.
   */
  readonly gauges?: 'process' | 'last' | ((name: string) => GaugeMode | undefined);
  /**
   * Default labels of the registry whose values differ between processes. They are removed from counters and histograms, so that the values
   * of processes add up. Default: labels named like `process`, `pid`, `worker`, `worker_id` or `NODE_APP_INSTANCE`.
   */
  readonly processLabels?: readonly string[];
}

/** Validated options with defaults filled in. */
export interface ResolvedBridgeOptions {
  readonly modeOf: (name: string, aggregator: unknown) => GaugeMode;
  readonly isProcessLabel: (name: string) => boolean;
}

const OPTION_NAMES = ['gauges', 'processLabels'] satisfies (keyof PromClientBridgeOptions)[];

const OF_A_PROCESS = /^(process|nodejs)_/;
/** Without `_` and in lower case. */
const PROCESS_LABELS = new Set([
  'process',
  'processid',
  'pid',
  'worker',
  'workerid',
  'threadid',
  'pmid',
  'nodeappinstance',
]);

/**
 * Validates the options of a bridge and fills in defaults.
 * @throws RedisMetricsError `invalid_option`, naming the option, what was expected and what was got
 */
export function resolveBridgeOptions(options: unknown): ResolvedBridgeOptions {
  if (typeof options !== 'object' || options === null) throw invalid('options', 'an object', shownValue(options));
  for (const name of Object.keys(options)) {
    if (!(OPTION_NAMES as string[]).includes(name)) {
      throw invalid(name, `one of the options ${OPTION_NAMES.join(', ')}`, 'an unknown one');
    }
  }
  const { gauges, processLabels } = options as { readonly [Name in keyof PromClientBridgeOptions]?: unknown };
  return { modeOf: readModeOf(gauges), isProcessLabel: readProcessLabels(processLabels) };
}

function readModeOf(gauges: unknown): ResolvedBridgeOptions['modeOf'] {
  if (gauges === undefined) return defaultModeOf;
  if (gauges === 'process' || gauges === 'last') return () => gauges;
  if (typeof gauges !== 'function') {
    throw invalid('gauges', '"process", "last" or a function of the name', shownValue(gauges));
  }
  const modes = new Map<string, GaugeMode>();
  return (name, aggregator) => {
    // Called once per name, since a gauge cannot change its mode.
    const mode = modes.get(name) ?? checkMode(name, (gauges as (name: string) => unknown)(name), aggregator);
    modes.set(name, mode);
    return mode;
  };
}

function checkMode(name: string, mode: unknown, aggregator: unknown): GaugeMode {
  if (mode === undefined) return defaultModeOf(name, aggregator);
  const known = GAUGE_MODES.find((each) => each === mode);
  if (known !== undefined) return known;
  throw new Error(`gauges(${shownValue(name)}): expected one of ${GAUGE_MODES.join(', ')}, got ${shownValue(mode)}`);
}

/** The other aggregators of prom-client need the values of all processes, and `omit` means that no aggregate is meaningful. */
function defaultModeOf(name: string, aggregator: unknown): GaugeMode {
  return aggregator === 'first' && !OF_A_PROCESS.test(name) ? 'last' : 'process';
}

function readProcessLabels(labels: unknown): ResolvedBridgeOptions['isProcessLabel'] {
  if (labels === undefined) return (name) => PROCESS_LABELS.has(name.replaceAll('_', '').toLowerCase());
  if (Array.isArray(labels) && labels.every((name) => typeof name === 'string')) {
    const names = new Set<string>(labels);
    return (name) => names.has(name);
  }
  throw invalid('processLabels', 'a list of label names', shownValue(labels));
}

function invalid(name: string, expected: string, got: string): RedisMetricsError {
  return new RedisMetricsError('invalid_option', `bridgePromClient: ${name}: expected ${expected}, got ${got}`);
}
