import { setTimeout as wait } from 'node:timers/promises';
import type {
  ConfigurationOptions,
  CustomObjectsApi,
  ObservableMiddleware,
  RequestContext,
} from '@kubernetes/client-node';
import { isMissingObject, isTransient, type ClusterAccess } from '@redmeter/experiment';
import type { KubernetesPlace } from '../../spec/release-spec.js';
import { clusterError, isPreconditionFailure } from './cluster-error.js';
import { FIELD_MANAGER, ROUTE_API } from './http-route.js';
import { readKubeconfig } from './kubeconfig.js';
import { readLiveRoute, type LiveRoute } from './live-route.js';

const REQUEST_TIMEOUT_MS = 30_000;
const RETRY_PAUSE_MS = 500;
const APPLY_TYPE = 'application/apply-patch+yaml';

/**
 * What is done in a cluster, about one route. Every method rejects with ReleaseError: `gateway_refused` for what the server does not
 * take, `gateway_unavailable` when it cannot be reached or does not allow it.
 */
export class Cluster {
  readonly #access: ClusterAccess;
  readonly #place: KubernetesPlace;
  readonly #retryMs: number;
  readonly #client: typeof import('@kubernetes/client-node');

  /** @param retryMs How long a request is repeated while the server cannot be reached or cannot answer, in milliseconds. */
  static async connect(place: KubernetesPlace, retryMs: number): Promise<Cluster> {
    return new Cluster(await readKubeconfig(), place, retryMs, await import('@kubernetes/client-node'));
  }

  private constructor(
    access: ClusterAccess,
    place: KubernetesPlace,
    retryMs: number,
    client: typeof import('@kubernetes/client-node'),
  ) {
    this.#access = access;
    this.#place = place;
    this.#retryMs = retryMs;
    this.#client = client;
  }

  /** The route; undefined when there is none. */
  read(): Promise<LiveRoute | undefined> {
    return this.#orUndefined(async () =>
      readLiveRoute(await this.#objects().getNamespacedCustomObject(this.#target(), this.#options())),
    );
  }

  /** Applies `route` by server-side apply: all of it or nothing. @param isForced Whether to take over the fields of others. */
  apply(route: object, isForced: boolean): Promise<LiveRoute> {
    return this.#asking(async () => {
      const parameters = { ...this.#target(), body: route, fieldManager: FIELD_MANAGER, force: isForced };
      const headers = this.#options((context) => context.setHeaderParam('Content-Type', APPLY_TYPE));
      return readLiveRoute(await this.#objects().patchNamespacedCustomObject(parameters, headers));
    });
  }

  /** Deletes the route as it was read. @returns Whether it was still that. */
  remove({ metadata: { uid, resourceVersion } }: LiveRoute): Promise<boolean> {
    return this.#asking(async () => {
      const { V1DeleteOptions, V1Preconditions } = this.#client;
      const preconditions = Object.assign(new V1Preconditions(), { uid, resourceVersion });
      const body = Object.assign(new V1DeleteOptions(), { preconditions });
      try {
        await this.#objects().deleteNamespacedCustomObject({ ...this.#target(), body }, this.#options());
        return true;
      } catch (error) {
        if (isMissingObject(error)) return true;
        if (isPreconditionFailure(error)) return false;
        throw error;
      }
    });
  }

  /** The ports of a Service in the namespace of the route; undefined when there is none. */
  portsOfService(name: string): Promise<number[] | undefined> {
    return this.#orUndefined(async () => {
      const services = this.#access.config.makeApiClient(this.#client.CoreV1Api);
      const { spec } = await services.readNamespacedService(
        { name, namespace: this.#place.namespace },
        this.#options(),
      );
      return (spec?.ports ?? []).map(({ port }) => port);
    });
  }

  /** The next state of a route that fits; undefined when none came in time, or the server ended the watch. */
  next(from: LiveRoute, isFitting: (live: LiveRoute) => boolean, timeoutMs: number): Promise<LiveRoute | undefined> {
    const { group, version, plural } = ROUTE_API;
    const path = `/apis/${group}/${version}/namespaces/${this.#place.namespace}/${plural}`;
    const query = {
      fieldSelector: `metadata.name=${this.#place.route}`,
      resourceVersion: from.metadata.resourceVersion,
      timeoutSeconds: Math.ceil(timeoutMs / 1000),
    };
    return this.#asking(
      () =>
        new Promise<LiveRoute | undefined>((resolve, reject) => {
          let found: LiveRoute | undefined;
          let end = (): void => undefined;
          const onChange = (type: string, object: unknown): void => {
            const live = type === 'ADDED' || type === 'MODIFIED' ? readLiveRoute(object) : undefined;
            if (live !== undefined && !isFitting(live)) return;
            found = live;
            end();
          };
          // The server may disappear without closing the connection.
          const timer = setTimeout(() => onEnd(undefined), timeoutMs);
          const onEnd = (error: unknown): void => {
            clearTimeout(timer);
            end();
            if (found === undefined && error instanceof Error && error.name !== 'AbortError') reject(error);
            else resolve(found);
          };
          const watching = new this.#client.Watch(this.#access.config).watch(path, query, onChange, onEnd);
          watching.then((controller) => {
            end = () => controller.abort();
            if (found !== undefined) end();
          }, onEnd);
        }),
    );
  }

  #objects(): CustomObjectsApi {
    return this.#access.config.makeApiClient(this.#client.CustomObjectsApi);
  }

  #target(): { group: string; version: string; plural: string; namespace: string; name: string } {
    return { ...ROUTE_API, namespace: this.#place.namespace, name: this.#place.route };
  }

  #options(change: (context: RequestContext) => void = () => undefined): ConfigurationOptions {
    const { Observable } = this.#client;
    const middleware: ObservableMiddleware = {
      pre(context) {
        context.setSignal(AbortSignal.timeout(REQUEST_TIMEOUT_MS));
        change(context);
        return new Observable(Promise.resolve(context));
      },
      post: (context) => new Observable(Promise.resolve(context)),
    };
    return { middleware: [middleware], middlewareMergeStrategy: 'append' };
  }

  async #orUndefined<T>(ask: () => Promise<T>): Promise<T | undefined> {
    return this.#asking(async () => {
      try {
        return await ask();
      } catch (error) {
        if (isMissingObject(error)) return undefined;
        throw error;
      }
    });
  }

  // Every request may be repeated: each contains the desired state, not a change.
  async #asking<T>(ask: () => Promise<T>): Promise<T> {
    const deadlineMs = performance.now() + this.#retryMs;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!isTransient(error) || performance.now() >= deadlineMs) {
          throw clusterError(error, `${this.#place.namespace}/${this.#place.route}`, this.#access);
        }
        await wait(RETRY_PAUSE_MS);
      }
    }
  }
}
