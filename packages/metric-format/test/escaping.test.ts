import { describe, expect, it } from '@jest/globals';
import {
  ESCAPING_SCHEMES,
  escapeLabelName,
  escapeMetricName,
  isLegacyMetricName,
  isMetricName,
  isPlainName,
} from '@redmeter/metric-format';
import fc from 'fast-check';

/** What `model.EscapeName` of prometheus/common v0.69.0 answers, as `EscapeMetricFamily` calls it. */
const OF_PROMETHEUS = [
  [
    'http.server.request.duration',
    'http_server_request_duration',
    'http_dot_server_dot_request_dot_duration',
    'U__http_2e_server_2e_request_2e_duration',
  ],
  ['cpu.load_total', 'cpu_load_total', 'cpu_dot_load__total', 'U__cpu_2e_load__total'],
  ['job:rate5m', 'job:rate5m', 'job:rate5m', 'job:rate5m'],
  ['a:b.c', 'a:b_c', 'a:b_dot_c', 'U__a:b_2e_c'],
  ['with space', 'with_space', 'with__space', 'U__with_20_space'],
  ['1st', '_st', '__st', 'U___31_st'],
  ['1.2', '__2', '___dot_2', 'U___31__2e_2'],
  ['a-b', 'a_b', 'a__b', 'U__a_2d_b'],
  ['é', '_', '__', 'U___e9_'],
  ['名', '_', '__', 'U___540d_'],
  ['🚀', '_', '__', 'U___1f680_'],
  ['a_b', 'a_b', 'a_b', 'a_b'],
  ['a"b\\c\nd', 'a_b_c_d', 'a__b__c__d', 'U__a_22_b_5c_c_a_d'],
  [' ', '_', '__', 'U___20_'],
] as const;

describe('escapeMetricName', () => {
  it.each(OF_PROMETHEUS)('shows %j as Prometheus does', (name, underscores, dots, values) => {
    expect(ESCAPING_SCHEMES.map((scheme) => escapeMetricName(name, scheme))).toEqual([name, underscores, dots, values]);
  });

  it('gives names that Prometheus 2 accepts', () => {
    const names = fc.string({ unit: 'binary', minLength: 1, maxLength: 10 }).filter(isMetricName);
    fc.assert(
      fc.property(names, fc.constantFrom('underscores', 'dots', 'values'), (name, scheme) => {
        expect(isLegacyMetricName(escapeMetricName(name, scheme))).toBe(true);
        expect(isPlainName(escapeLabelName(name, scheme))).toBe(true);
      }),
    );
  });
});

describe('escapeLabelName', () => {
  it.each(OF_PROMETHEUS.filter(([name]) => !name.includes(':')))('shows %j alike', (name, ...escaped) => {
    expect(ESCAPING_SCHEMES.map((scheme) => escapeLabelName(name, scheme))).toEqual([name, ...escaped]);
  });

  it('escapes colons, which Prometheus 2 does not accept in labels', () => {
    expect(ESCAPING_SCHEMES.map((scheme) => escapeLabelName('a:b', scheme))).toEqual([
      'a:b',
      'a_b',
      'a__b',
      'U__a_3a_b',
    ]);
  });
});
