import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { hashSlot } from '@redmeter/metric-format';
import { startRedisCluster, waitFor, type RedisCluster } from '@redmeter/test-servers';
import { doctor } from './doctor-run.js';

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startRedisCluster();
}, 60_000);
afterAll(() => cluster.stop());

it('looks at all masters, and reports slots and nodes that are missing', async () => {
  const [url = ''] = cluster.urls;
  const keys = Array.from({ length: 30 }, (_, i) => `metrics:counter:a:i=${i}`);
  for (const key of keys) await (await cluster.masterOf(hashSlot(key))).client.set(key, '5', 'EX', 1800);
  const well = await doctor(url);
  expect(well.code).toBe(0);
  expect(well.json).toMatchObject({ foundKeys: 30, series: 30, isWhole: true });
  expect(well.json['servers']).toHaveLength(3);

  const dead = await cluster.masterOf(0);
  for (const replica of await cluster.replicasOf(dead)) await cluster.kill(replica);
  await cluster.kill(dead);
  const other = await cluster.masterOf(16_383);
  await waitFor(async () => (await other.client.cluster('INFO')).includes('cluster_state:fail'));
  const { code, findings, json } = await doctor(other.url);
  expect(code).toBe(1);
  const names = [...findings.keys()];
  expect(names).toContain('cluster_down');
  expect(names.some((name) => name === 'node_unreachable' || name === 'slots_unserved')).toBe(true);
  expect(json).toMatchObject({ isWhole: false });
}, 90_000);
