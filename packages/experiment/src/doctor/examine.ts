import { checkDataSet } from './checks/check-data-set.js';
import { checkKeys } from './checks/check-keys.js';
import { checkMemory } from './checks/check-memory.js';
import { checkRights } from './checks/check-rights.js';
import { checkServers } from './checks/check-servers.js';
import { checkTopology } from './checks/check-topology.js';
import { checkWriters } from './checks/check-writers.js';
import type { Facts } from './facts.js';
import { SEVERITIES, type Finding } from './finding.js';

const CHECKS = [checkTopology, checkServers, checkMemory, checkDataSet, checkWriters, checkKeys, checkRights];

/** What is wrong with a Redis, worst first. Pure. */
export function examine(facts: Facts): Finding[] {
  return CHECKS.flatMap((check) => check(facts)).sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  );
}

/** How much was looked at. */
export interface Extent {
  readonly servers: readonly { readonly node: string; readonly version: string | undefined }[];
  readonly databaseKeys: number | undefined;
  /** Keys that SCAN passed over, about. */
  readonly visitedKeys: number;
  /** Keys under the prefix that were found, and those that were read. */
  readonly foundKeys: number;
  readonly readKeys: number;
  /** Whether all keys were looked at. */
  readonly isWhole: boolean;
  readonly series: number;
  /** Estimated from a sample of the keys, in bytes; undefined where that may not be asked. */
  readonly memoryBytes: number | undefined;
}

/** How much of a Redis the facts are of. */
export function extentOf({ servers, search, keys, metrics }: Facts): Extent {
  const sizes = servers.map(({ databaseKeys }) => databaseKeys);
  const measured = keys.keys.flatMap(({ memoryBytes }) => memoryBytes ?? []);
  const measuredBytes = measured.reduce((sum, bytes) => sum + bytes, 0);
  return {
    servers: servers.map(({ node, info }) => ({
      node,
      version: info?.get('valkey_version') ?? info?.get('redis_version'),
    })),
    databaseKeys: sizes.every((one) => one !== undefined) ? sizes.reduce((sum, one) => sum + one, 0) : undefined,
    visitedKeys: search.visited,
    foundKeys: search.found,
    readKeys: keys.keys.length,
    isWhole: search.isWhole && keys.isWhole,
    series: [...metrics.report.seriesByType.values()].reduce((sum, count) => sum + count, 0),
    memoryBytes: measured.length === 0 ? undefined : Math.round((measuredBytes / measured.length) * search.found),
  };
}
