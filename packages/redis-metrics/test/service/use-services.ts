import { afterEach } from '@jest/globals';
import { RedisMetricsService, type RedisMetricsOptions } from '../../src/index.js';

/** The services of a test. */
export interface TestServices {
  readonly startService: (options?: Partial<RedisMetricsOptions>) => RedisMetricsService;
  /** Closes those started since the test began, as the end of the test does. */
  readonly closeServices: () => Promise<unknown>;
}

/**
 * Starts services in tests, and closes them after each.
 * @param defaults the options of a service, read when it is started
 */
export function useServices(defaults: () => RedisMetricsOptions): TestServices {
  const services: RedisMetricsService[] = [];
  const startService = (options: Partial<RedisMetricsOptions> = {}): RedisMetricsService => {
    const service = new RedisMetricsService({ ...defaults(), ...options });
    services.push(service);
    return service;
  };
  const closeServices = (): Promise<unknown> => Promise.all(services.splice(0).map((service) => service.close()));
  afterEach(closeServices);
  return { startService, closeServices };
}
