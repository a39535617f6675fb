import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const folder = join(__dirname, '../../prometheus');

/** A recording rule. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** An alerting rule. */
export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A test of rules, as promtool reads it. */
export interface RuleTest {
  readonly promql_expr_test?: readonly { readonly expr: string; readonly exp_samples?: readonly unknown[] }[];
  readonly alert_rule_test?: readonly { readonly alertname: string; readonly exp_alerts?: readonly unknown[] }[];
}

const filesIn = (path: string, ending: string): string[] =>
  readdirSync(path)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(path, name));

const read = (path: string): unknown => parse(readFileSync(path, 'utf8'));

/** Full paths of the files with rules, as prometheus.yaml names them. */
export const ruleFiles = filesIn(folder, '.rules.yml');

/** Full paths of the files with promtool's tests. */
export const ruleTestFiles = filesIn(join(folder, 'tests'), '.test.yml');

const rules = ruleFiles.flatMap((path) =>
  (read(path) as { groups: readonly { rules: readonly (RecordingRule | AlertingRule)[] }[] }).groups.flatMap(
    (group) => group.rules,
  ),
);

/** Every recording rule. */
export const recordingRules = rules.filter((rule): rule is RecordingRule => 'record' in rule);

/** Every alerting rule. */
export const alertingRules = rules.filter((rule): rule is AlertingRule => 'alert' in rule);

/** Every test, of all files. */
export const ruleTests = ruleTestFiles.flatMap((path) => (read(path) as { tests: readonly RuleTest[] }).tests);
