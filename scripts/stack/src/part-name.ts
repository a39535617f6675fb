/** The parts of the stack, in the order in which they start; they stop in the order of `stopOrder`. */
export const partNames = ['redis', 'store', 'exporter', 'prometheus', 'grafana'] as const;

/** One part of the stack. */
export type PartName = (typeof partNames)[number];

/** The store first, so that what it still holds reaches Redis; Redis last. */
export const stopOrder: readonly PartName[] = ['store', 'grafana', 'prometheus', 'exporter', 'redis'];

/** The port that each part listens on. */
export type Ports = Readonly<Record<PartName, number>>;

/** The variable of `.env` that sets each part's port. */
export const portVariables = {
  redis: 'REDIS_PORT',
  store: 'APP_PORT',
  exporter: 'EXPORTER_PORT',
  prometheus: 'PROMETHEUS_PORT',
  grafana: 'GRAFANA_PORT',
} as const satisfies Record<PartName, string>;
