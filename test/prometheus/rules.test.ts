import { describe, expect, it } from '@jest/globals';
import {
  nativeExporterMetrics,
  prometheusMetrics,
  readerMetrics,
  redisExporterMetrics,
  releaseMetrics,
  storeMetrics,
  writerMetrics,
} from './known-metrics.js';
import { metricNames } from './promql.js';
import { alertingRules, recordingRules, ruleTests } from './rule-files.js';

const alertTests = ruleTests.flatMap((test) => test.alert_rule_test ?? []);
const expressionTests = ruleTests.flatMap((test) => test.promql_expr_test ?? []);
const known = new Set([
  ...storeMetrics,
  ...writerMetrics,
  ...releaseMetrics,
  ...readerMetrics,
  ...nativeExporterMetrics,
  ...redisExporterMetrics,
  ...prometheusMetrics,
  ...recordingRules.map(({ record }) => record),
]);

describe.each(alertingRules.map((rule) => [rule.alert, rule] as const))('alert %s', (name, rule) => {
  const tests = alertTests.filter(({ alertname }) => alertname === name);

  it('has a test in which it fires', () => {
    expect(tests.some(({ exp_alerts: expected = [] }) => expected.length > 0)).toBe(true);
  });

  it('has a test in which it does not fire', () => {
    expect(tests.some(({ exp_alerts: expected = [] }) => expected.length === 0)).toBe(true);
  });

  it('says how bad it is, what is wrong and what that means', () => {
    expect(rule.labels['severity']).toMatch(/^(critical|warning|info)$/);
    expect(rule.annotations['summary']).toMatch(/\S/);
    expect(rule.annotations['description']).toMatch(/\.$/);
  });

  it('links to its section of docs/operations.md', () => {
    expect(rule.annotations['runbook']).toBe(`docs/operations.md#${name.toLowerCase()}`);
  });

  it('asks for series that exist', () => {
    expect(metricNames(rule.expr).filter((metric) => !known.has(metric))).toEqual([]);
  });
});

describe.each(recordingRules.map((rule) => [rule.record, rule] as const))('recorded series %s', (name, rule) => {
  it('has a test of its values', () => {
    const tests = expressionTests.filter(({ expr }) => metricNames(expr).includes(name));
    expect(tests.some(({ exp_samples: expected = [] }) => expected.length > 0)).toBe(true);
  });

  it('asks for series that exist', () => {
    expect(metricNames(rule.expr).filter((metric) => !known.has(metric))).toEqual([]);
  });
});
