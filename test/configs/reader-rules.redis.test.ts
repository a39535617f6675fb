import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { checkout, partNames, startLocalStack, type Stack } from '@redmeter/stack';
import { freePorts, startRedisServer } from '@redmeter/test-servers';
import { Redis } from 'ioredis';
import { writeIndexed } from '../../exporter/test/reading/redis-state.js';
import { startTestExporter } from '../../exporter/test/test-exporter.js';
import { userRules } from './user-rules.js';

const DATABASE = 1;
const script = readFileSync(join(checkout, 'configs/redis-exporter.lua'), 'utf8');
const rules = userRules('redmeter-reader');
const commands = rules.filter((rule) => rule.startsWith('+'));
const patterns = rules.filter((rule) => rule.includes('~'));
/** Only asked of a cluster. */
const IN_CLUSTER = ['+cluster|slots'];
/** Asked by redis_exporters newer than the one that may be installed here. */
const NEWER = ['+latency|histogram'];
/** So long a series is new to the script here. */
const NEW_MS = 3_600_000;

let stack: Stack;
/** A superuser, in the database that the native exporter reads. */
let people: Redis;

beforeAll(async () => {
  stack = await startLocalStack({ ports: await freePorts(...partNames), parts: ['redis', 'exporter'] });
  people = new Redis(stack.settings.ports.redis, '127.0.0.1', { password: stack.settings.passwords.people });
});
afterAll(async () => {
  people.disconnect();
  await stack.stop();
});

/** What the user was denied since the log was emptied: commands, and keys. */
async function denied(redis: Redis): Promise<string[]> {
  const log = (await redis.acl('LOG')) as unknown[][];
  return log
    .filter((entry) => entry[entry.indexOf('username') + 1] === 'redmeter-reader')
    .map((entry) => String(entry[entry.indexOf('object') + 1]));
}

async function setReader(redis: Redis, given: readonly string[]): Promise<void> {
  const password = `>${stack.settings.passwords.reader}`;
  await redis.acl('SETUSER', 'redmeter-reader', 'reset', 'on', password, ...given);
  await redis.acl('LOG', 'RESET');
}

async function write(value: number): Promise<void> {
  for (const database of [0, DATABASE]) {
    await people.select(database);
    const record = `{"type":"counter","value":${value}}`;
    await writeIndexed(people, { 'metrics:counter:orders': record, [`metrics:counter:orders:new=${value}`]: record });
  }
}

/** All that somebody who reads does: redis_exporter, the script by hand and read-only, the native exporter; what fails is its answer. */
async function readAll(): Promise<string[]> {
  const { ports, passwords } = stack.settings;
  const answers = [await (await fetch(`http://127.0.0.1:${ports.exporter}/metrics`)).text()];
  const url = `redis://redmeter-reader:${passwords.reader}@127.0.0.1:${ports.redis}/${DATABASE}`;
  const reader = new Redis(url, { enableReadyCheck: false, disableClientInfo: true, maxRetriesPerRequest: 0 });
  reader.on('error', () => undefined);
  for (const command of ['EVAL', 'EVAL_RO']) {
    for (const limit of ['100000', '0']) {
      const settings = [`scan_limit=${limit}`, `new_ms=${NEW_MS}`];
      const lines = await reader.call(command, script, '0', 'text', ...settings).catch(String);
      answers.push([lines].flat().join('\n'));
    }
  }
  reader.disconnect();
  for (const [scanLimitKeys, values] of [
    [50_000, [2, 3]],
    [0, [4, 5]],
  ] as const) {
    try {
      const native = await startTestExporter(url, { scanLimitKeys, scrapeTimeoutMs: 5000 });
      for (const value of values) {
        await write(value);
        answers.push(await native.metrics());
      }
      await native.stop();
    } catch (error) {
      answers.push(String(error));
    }
  }
  return answers;
}

async function prepare(): Promise<void> {
  await people.flushall();
  await write(1);
  for (const database of [0, DATABASE]) {
    await people.select(database);
    await people.set('metrics-meta:family:orders', '{"type":"counter","help":"Orders."}');
    await people.set('metrics:counter:fresh', `{"value":1,"created":${Date.now() - 1000}}`, 'EX', 3600);
    await people.incr('metrics:counter:signups');
    await people.hset('metrics:counter:hashed', { value: 1, timestamp: Date.now() });
    await people.sadd('metrics-meta:keys', 'metrics:counter:signups');
    await people.lpush('metrics:counter:list', 'x');
  }
}

it('the rules of the reader are enough for redis_exporter, the script and the native exporter', async () => {
  await setReader(people, rules);
  await prepare();
  const answers = await readAll();
  expect(answers).toHaveLength(9);
  for (const answer of answers) {
    expect(answer).toMatch(/signups\S* 1\n?/);
    expect(answer).toMatch(/skipped_keys\{\S*unreadable\S* 0\n?/);
  }
  // What would show other clients' arguments and settings.
  expect((await denied(people)).filter((one) => !/^(slowlog|config)\|get$/.test(one))).toEqual([]);
});

const asked = commands.filter((rule) => ![...IN_CLUSTER, ...NEWER].includes(rule));
it.each([...asked, ...patterns])('of the rules of the reader none is to spare: %s', async (rule) => {
  await prepare();
  await setReader(
    people,
    rules.filter((other) => other !== rule),
  );
  await readAll();
  const missed = await denied(people);
  const start = rule.slice(rule.indexOf('~') + 1, -1);
  expect(missed.some((one) => (patterns.includes(rule) ? one.startsWith(start) : one === rule.slice(1)))).toBe(true);
});

it.each(IN_CLUSTER)('of the rules of the reader none is to spare in a cluster: %s', async (rule) => {
  const server = await startRedisServer({ args: ['--cluster-enabled', 'yes'] });
  const redis = await server.connect();
  await redis.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
  const url = `redis://redmeter-reader:${stack.settings.passwords.reader}@127.0.0.1:${server.port}`;
  const without = [rules, rules.filter((other) => other !== rule)];
  const missed: string[][] = [];
  for (const given of without) {
    await setReader(redis, given);
    const native = await startTestExporter(url, { scrapeTimeoutMs: 2000 });
    await native.metrics();
    await native.stop();
    missed.push(await denied(redis));
  }
  await server.stop();
  expect(missed).toEqual([[], [rule.slice(1)]]);
});
