import { expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { releaseJsonSchema } from '../../../src/spec/release-json-schema.js';

const file = resolve(__dirname, '../../../schema/release.schema.json');

const release = {
  application: 'shop',
  gateway: { nginx: { listen: 8080 } },
  versions: [
    { name: 'v1', url: 'http://a' },
    { name: 'v2', url: 'http://b' },
  ],
  rollout: {
    candidate: 'v2',
    steps: [5, 100],
    interval: '10s',
    judge: [{ task: 'assess', with: { SLOs: [{ metric: 'http/error-rate', upperLimit: 0.01 }] } }],
  },
};

it('the JSON Schema matches the validators; `npm run generate` updates it', () => {
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(releaseJsonSchema())));
});

it('the JSON Schema takes a release, and marks what editors are to mark', () => {
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(file, 'utf8')) as object);
  expect(validate(release)).toBe(true);
  expect(validate({ ...release, miror: {} })).toBe(false);
  expect(validate({ ...release, rollout: { ...release.rollout, interval: 'soon' } })).toBe(false);
  expect(validate({ ...release, rollout: { ...release.rollout, judge: [{ task: 'htp' }] } })).toBe(false);
});
