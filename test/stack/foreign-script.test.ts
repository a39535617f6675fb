import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '@redmeter/stack';
import { startTestStack, type TestStack } from './test-stack.js';

/** A script that answers what ours never does: series of more labels, and no series at all. */
const script = `return {
  'plain', '1',
  'eleven{a="1",b="2",c="3",d="4",e="5",f="6",g="7",h="8",i="9",j="10",le="5.0"}', '2',
  'twelve{a="1",b="2",c="3",d="4",e="5",f="6",g="7",h="8",i="9",j="10",k="11",le="5.0"}', '3',
  'unquoted{a="1",b=2}', '4',
  'unfinished{a="1"', '5',
  'two words', '6',
}`;

const root = temporaryFolder();
let stack: TestStack;
beforeAll(async () => {
  mkdirSync(join(root, 'configs'));
  for (const path of ['.env', 'prometheus.yaml', 'prometheus', 'configs/redis']) {
    symlinkSync(join(checkout, path), join(root, path));
  }
  writeFileSync(join(root, 'configs/redis-exporter.lua'), script);
  stack = await startTestStack({ root, parts: ['redis', 'exporter', 'prometheus'] });
});
afterAll(async () => {
  await stack.stop();
});

it('makes series of selectors with up to eleven labels, and never a series of a part of one', async () => {
  const { prometheus } = stack;
  const own = { job: 'redis-exporter', instance: 'redis' };
  expect(await prometheus.query('plain')).toMatchObject([{ labels: { ...own, __name__: 'plain' }, value: 1 }]);
  const [eleven] = await prometheus.query('eleven');
  expect(eleven?.value).toBe(2);
  expect(eleven?.labels).toEqual({
    ...{ ...own, __name__: 'eleven', le: '5.0' },
    ...{ a: '1', b: '2', c: '3', d: '4', e: '5', f: '6', g: '7', h: '8', i: '9', j: '10' },
  });
  expect(await prometheus.query('{__name__=~"twelve|unquoted|unfinished|two"}')).toEqual([]);
});

it('leaves what is no selector as the exporter shows it', async () => {
  const left = await stack.prometheus.query('redis_script_values');
  expect(left.map(({ labels }) => labels['key']).sort()).toEqual(['two words', 'unfinished{a="1"']);
});
