import { Option, type Command } from 'commander';
import { STORE_IMPLEMENTATIONS } from '../store/store-implementations.js';

/** Adds the flags that choose the metrics store; their values are a `StoreChoice`. */
export function addStoreOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--metrics-implementation <store>',
        'metrics store; or set METRICS_IMPLEMENTATION (default: embedded)',
      ).choices(STORE_IMPLEMENTATIONS),
    )
    .option('--metrics-redis-address <address>', 'host:port or URL of the redis store; or set METRICS_REDIS_ADDRESS');
}
