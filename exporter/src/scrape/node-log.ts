import type { Logger } from '../logger.js';
import type { NodeState } from '../reading/shards/target-reader.js';
import type { OwnMetrics } from './own-metrics.js';

/** Says of each node when its series go missing and when they are back, and shows it as a metric. */
export class NodeLog {
  readonly #metrics: OwnMetrics;
  readonly #logger: Logger;
  #missing: ReadonlySet<string> = new Set();

  constructor(metrics: OwnMetrics, logger: Logger) {
    this.#metrics = metrics;
    this.#logger = logger;
  }

  /** Takes in how the last read went. */
  note(nodes: readonly NodeState[]): void {
    this.#metrics.nodeUp.reset();
    const missing = new Set<string>();
    for (const { redis, node, failure } of nodes) {
      this.#metrics.nodeUp.set({ node, redis }, failure === undefined ? 1 : 0);
      // For a single server the scraper's own line is enough.
      if (nodes.length === 1) continue;
      const name = redis === node ? node : `${redis}, node ${node}`;
      if (failure !== undefined) missing.add(name);
      if (failure !== undefined && !this.#missing.has(name)) {
        this.#logger.warn(`${name} cannot be read, serving without its series: ${failure}`);
      } else if (failure === undefined && this.#missing.has(name)) this.#logger.info(`${name} can be read again`);
    }
    this.#missing = missing;
  }
}
