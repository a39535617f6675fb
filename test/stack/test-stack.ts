import { partNames, startLocalStack, type LocalStackOptions, type Stack } from '@redmeter/stack';
import { freePorts, PrometheusClient } from '@redmeter/test-servers';
import { Redis } from 'ioredis';

/** The real stack on free ports, and clients of its parts. */
export interface TestStack extends Stack {
  /** Where the store answers, e.g. `http://127.0.0.1:5050/api/store`. */
  readonly storeUrl: string;
  /** What the exporter answers Prometheus. */
  exporterText(): Promise<string>;
  readonly prometheus: PrometheusClient;
  /** Connected as the user for people, who may do everything. */
  readonly redis: Redis;
}

/** Starts redis-server, redis_exporter, Prometheus and, unless `parts` leaves it out, the store (which must be built). */
export async function startTestStack(options: LocalStackOptions = {}): Promise<TestStack> {
  const ports = await freePorts(...partNames);
  const stack = await startLocalStack({ ports, parts: ['redis', 'store', 'exporter', 'prometheus'], ...options });
  const redis = new Redis(stack.settings.ports.redis, '127.0.0.1', {
    password: stack.settings.passwords.people,
    maxRetriesPerRequest: 1,
  });
  return {
    ...stack,
    storeUrl: urlOf(stack, 'store'),
    exporterText: async () => (await fetch(urlOf(stack, 'exporter'))).text(),
    prometheus: new PrometheusClient(urlOf(stack, 'prometheus')),
    redis,
    async stop() {
      redis.disconnect();
      await stack.stop();
    },
  };
}

function urlOf(stack: Stack, part: 'store' | 'exporter' | 'prometheus'): string {
  return stack.urls[part] ?? '';
}
