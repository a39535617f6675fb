/** The parts of the stack, in the order in which they start; they stop in the order of `stopOrder`. */
export const partNames = ['redis', 'store', 'exporter', 'native', 'prometheus', 'grafana'] as const;

/** One part of the stack. */
export type PartName = (typeof partNames)[number];

/**
 * Who serves the application's series: redis_exporter with the script, or redmeter's own exporter beside a redis_exporter
 * that serves Redis's own only. Never both, or sums over them double.
 */
export type ExporterChoice = 'stock' | 'native';

/** The parts of a stack with one exporter or the other. */
export function partsWith(exporter: ExporterChoice): readonly PartName[] {
  return exporter === 'native' ? partNames : partNames.filter((name) => name !== 'native');
}

/** The store first, so that what it still holds reaches Redis; Redis last. */
export const stopOrder: readonly PartName[] = ['store', 'grafana', 'prometheus', 'native', 'exporter', 'redis'];

/** The port that each part listens on. */
export type Ports = Readonly<Record<PartName, number>>;

/** The variable of `.env` that sets each part's port. */
export const portVariables = {
  redis: 'REDIS_PORT',
  store: 'APP_PORT',
  exporter: 'EXPORTER_PORT',
  native: 'NATIVE_EXPORTER_PORT',
  prometheus: 'PROMETHEUS_PORT',
  grafana: 'GRAFANA_PORT',
} as const satisfies Record<PartName, string>;
