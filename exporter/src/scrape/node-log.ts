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
    for (const { redis, node, trouble } of nodes) {
      this.#metrics.nodeUp.set({ node, redis }, trouble === undefined ? 1 : 0);
      // Of one server alone the scraper's own line says it.
      if (nodes.length === 1) continue;
      const name = redis === node ? node : `${redis}, node ${node}`;
      if (trouble !== undefined) missing.add(name);
      if (trouble !== undefined && !this.#missing.has(name)) {
        this.#logger.warn(`${name} cannot be read, answering without its series: ${trouble}`);
      } else if (trouble === undefined && this.#missing.has(name)) this.#logger.info(`${name} can be read again`);
    }
    this.#missing = missing;
  }
}
