import { expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { parseRelease } from '../../src/spec/parse-release.js';

const hub = resolve(__dirname, '../../../experiment/hub');
const schemaFile = resolve(__dirname, '../../schema/release.schema.json');
const samples = readdirSync(hub).filter((name) => existsSync(join(hub, name, 'release.yaml')));

it('the hub has a release for each pattern', () => {
  expect(samples.sort()).toEqual(['ab-test', 'blue-green', 'canary', 'mirror', 'segment']);
});

it.each(samples)('%s is a release, for editors too', (name) => {
  const text = readFileSync(join(hub, name, 'release.yaml'), 'utf8');
  const [, place = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
  expect(resolve(hub, name, place)).toBe(schemaFile);
  const isValid = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(schemaFile, 'utf8')) as object);
  expect(isValid(parse(text)) ? [] : isValid.errors).toEqual([]);
  expect(parseRelease(text, 'release.yaml')).toMatchObject({
    application: 'shop',
    versions: [{ name: 'v1', url: 'http://127.0.0.1:5061' }, { name: 'v2' }],
  });
});
