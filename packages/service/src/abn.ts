import type { ApplicationVersion, BuildMetrics } from '@redmeter/experiment';
import { ServiceError } from './service-error.js';
import type { ServiceStore } from './store/service-store.js';

/** The version of a user. */
export type Assignment = {
  readonly application: string;
  readonly version: string;
  readonly signature: string;
  /** Its place in the list of versions, from 0 on. */
  readonly versionNumber: number;
};

/** A value to store. */
export type MetricValue = {
  readonly application: string;
  readonly user: string;
  readonly metric: string;
  readonly value: number;
  readonly transaction?: string | undefined;
  /** The version that the user got; default: the one that the user gets now. */
  readonly version?: string | undefined;
};

/** An application and its versions. */
export type ApplicationVersions = { readonly application: string; readonly versions: readonly ApplicationVersion[] };

/** The namespace that a name without one is in, as in Iter8. */
const DEFAULT_NAMESPACE = 'default/';

/** What all interfaces of the service offer. Methods reject with ExperimentError or ServiceError. */
export class Abn {
  readonly #store: ServiceStore;

  constructor(store: ServiceStore) {
    this.#store = store;
  }

  /** The version of a user: always the same, for every process, as long as versions and weights are. */
  async lookup(application: string, user: string): Promise<Assignment> {
    const { name, versions } = await this.#known(application);
    const { version, signature } = await this.#store.metrics.lookup(name, user);
    return {
      application: name,
      version,
      signature,
      versionNumber: versions.findIndex((each) => each.version === version),
    };
  }

  /** Resolves when the value is stored. */
  async writeMetric({ application, user, metric, value, transaction, version }: MetricValue): Promise<void> {
    const { name, versions } = await this.#known(application);
    const build = version === undefined ? undefined : versions.find((each) => each.version === version);
    if (version !== undefined && build === undefined) {
      const names = versions.map((each) => each.version).join(', ');
      throw new ServiceError(
        'not_found',
        `expected a version of ${name}, one of ${names}, got ${JSON.stringify(version)}`,
      );
    }
    await this.#store.metrics.writeMetric({
      application: name,
      user,
      metric,
      value,
      ...(transaction === undefined ? {} : { transaction }),
      ...(build === undefined ? {} : { build: { version: build.version, signature: build.signature } }),
    });
  }

  /** Names of all applications, sorted. */
  applications(): readonly string[] {
    return [...this.#store.versions.current.keys()].sort();
  }

  /** The versions of an application. */
  async application(application: string): Promise<ApplicationVersions> {
    const { name, versions } = await this.#known(application);
    return { application: name, versions };
  }

  /** The metrics of all builds of an application, those of its versions first. Reads every value. */
  async metrics(application: string): Promise<BuildMetrics[]> {
    const { name } = await this.#known(application);
    const metrics: BuildMetrics[] = [];
    for (const build of await this.#store.metrics.builds(name))
      metrics.push(await this.#store.metrics.aggregate(name, build));
    return metrics;
  }

  /** An application by its name. As in Iter8, `shop` and `default/shop` are the same, where only one of them is known. */
  async #known(application: string): Promise<{ name: string; versions: readonly ApplicationVersion[] }> {
    const found = this.#find(application);
    if (found !== undefined) return found;
    await this.#store.versions.refresh();
    const foundNow = this.#find(application);
    if (foundNow !== undefined) return foundNow;
    throw new ServiceError(
      'not_found',
      `expected an application whose versions are set, got ${JSON.stringify(application)}`,
    );
  }

  #find(application: string): { name: string; versions: readonly ApplicationVersion[] } | undefined {
    const all = this.#store.versions.current;
    const other = application.startsWith(DEFAULT_NAMESPACE)
      ? application.slice(DEFAULT_NAMESPACE.length)
      : `${DEFAULT_NAMESPACE}${application}`;
    for (const name of [application, other]) {
      const versions = all.get(name);
      if (versions !== undefined) return { name, versions };
    }
    return undefined;
  }
}
