/** The parts of the stack, in the order in which they start; they stop in the order of `stopOrder`. */
export const partNames = [
  'redis',
  'store',
  'candidate',
  'exporter',
  'native',
  'prometheus',
  'grafana',
  'release',
] as const;

/** One part of the stack. */
export type PartName = (typeof partNames)[number];

/**
 * Who serves the application's series: redis_exporter with the script, or redmeter's own exporter beside a redis_exporter
 * that serves Redis's own only. Never both, or sums over them double.
 */
export type ExporterChoice = 'stock' | 'native';

/** The second version that a rollout is shown with: one that works, or one that fails half of its requests. */
export type ReleaseChoice = 'good' | 'failing';

/** What a person may choose about the stack. */
export interface StackChoice {
  readonly exporter: ExporterChoice;
  /** undefined for one version of the store, without a rollout. */
  readonly release?: ReleaseChoice | undefined;
}

/** The parts of a stack. */
export function partsOf({ exporter, release }: StackChoice): readonly PartName[] {
  return partNames.filter((name) => {
    if (name === 'native') return exporter === 'native';
    return (name !== 'candidate' && name !== 'release') || release !== undefined;
  });
}

/** Parts that need others, before which they start: Redis before all, versions before the users that come to them. */
export const startWaves: readonly ((part: PartName) => boolean)[] = [
  (part) => part === 'redis',
  (part) => part !== 'redis' && part !== 'release',
  (part) => part === 'release',
];

/** Users and stores first, so that what they still hold reaches Redis; Redis last. */
export const stopOrder: readonly PartName[] = [
  'release',
  'store',
  'candidate',
  'grafana',
  'prometheus',
  'native',
  'exporter',
  'redis',
];

/** The share of requests that the second version fails. */
export function candidateErrorRate(release: ReleaseChoice | undefined): string {
  return release === 'failing' ? '0.5' : '0';
}

/** The port that each part listens on. */
export type Ports = Readonly<Record<PartName, number>>;

/** The variable of `.env` that sets each part's port. */
export const portVariables = {
  redis: 'REDIS_PORT',
  store: 'APP_PORT',
  candidate: 'CANDIDATE_PORT',
  exporter: 'EXPORTER_PORT',
  native: 'NATIVE_EXPORTER_PORT',
  prometheus: 'PROMETHEUS_PORT',
  grafana: 'GRAFANA_PORT',
  release: 'RELEASE_PORT',
} as const satisfies Record<PartName, string>;
