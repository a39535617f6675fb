import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseExperiment, type TaskSpec } from '../../src/spec/experiment-spec.js';

const FIXTURES = join(__dirname, '../fixtures/iter8-results');

function inputsOf(task: string): unknown {
  const [found] = parseExperiment(`- {${task}}`, 'experiment.yaml').tasks as [TaskSpec & { with: unknown }];
  return found.with;
}

// Go's defaults, which Iter8 writes back into a spec whether or not someone gave them.
describe('a zero value that no author would write', () => {
  it.each(readdirSync(FIXTURES))('does not keep the spec of real Iter8 in %s from running again', (name) => {
    const text = readFileSync(join(FIXTURES, name, 'experiment.yaml'), 'utf8');
    // The back end of this one has gone, and with it the template that Iter8 wrote there.
    if (name !== 'cm-istio-prom-i13') expect(parseExperiment(text, 'experiment.yaml').tasks.length).toBeGreaterThan(0);
  });

  it.each([
    ['task: http, with: {url: "http://a", endpoints: null, duration: 0s, headers: null}', { url: 'http://a' }],
    [
      'task: http, with: {url: "", versionInfo: null, payloadFile: "", endpoints: {x: {url: "http://a", duration: ""}}}',
      { endpoints: { x: { url: 'http://a' } } },
    ],
    [
      'task: http, with: {URL: "http://a", numrequests: null, Duration: 0h0m0s, allowInitialErrors: false}',
      { url: 'http://a', allowInitialErrors: false },
    ],
    [
      'task: http, with: {versionInfo: [null, {url: "http://a", headers: null}]}',
      { versionInfo: [null, { url: 'http://a' }] },
    ],
    [
      'task: grpc, with: {host: "a:1", call: a.B.C, total: 0, rps: 0, cpus: 0, proto: "", async: false, load-step: 0, connect-timeout: 0s}',
      { host: 'a:1', call: 'a.B.C', rps: 0, cpus: 0 },
    ],
    ['task: assess, with: {SLOs: null, rewards: {max: null, min: [a]}}', { rewards: { min: ['a'] } }],
    ['task: ready, with: {url: "http://a", tcp: "", timeout: 0s}', { url: 'http://a' }],
    // A text may be empty.
    ['task: http, with: {url: "http://a", payloadStr: ""}', { url: 'http://a', payloadStr: '' }],
  ])('is not given: {%s}', (task, inputs) => {
    expect(inputsOf(task)).toEqual(inputs);
  });

  it.each([
    ['task: http, with: {url: ""}', 'a url here, or for each version or endpoint'],
    ['task: http, with: {url: "http://a", numRequests: 0}', 'expected a number of at least 1, got 0'],
    ['task: http, with: {url: "http://a", qps: ""}', 'expected a number, got ""'],
    ['task: http, with: {url: "http://a", headers: {a: null}}', 'headers.a'],
    ['task: http, with: {url: 0s}', 'an http:// or https:// URL'],
    ['task: assess, with: {SLOs: [{metric: "", upperLimit: 1}]}', 'SLOs[0].metric: expected a length of at least 1'],
  ])('is still an error where it was meant: {%s}', (task, message) => {
    expect(() => inputsOf(task)).toThrow(message);
  });
});
