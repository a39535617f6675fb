import { diag } from '@opentelemetry/api';
import type { GaugeMode, Labels } from '@redmeter/redis-metrics';

/** The mode of a metric, by its name. */
export type ModeOf<Mode extends GaugeMode> = (name: string) => Mode | undefined;

/** Reads modes as an option gives them: undefined when they are none. */
export function modeReader<Mode extends GaugeMode>(modes: unknown, allowed: readonly Mode[]): ModeOf<Mode> | undefined {
  const isMode = (value: unknown): value is Mode => (allowed as readonly unknown[]).includes(value);
  if (modes === undefined) return () => undefined;
  if (isMode(modes)) return () => modes;
  if (typeof modes === 'function') {
    return (name) => {
      const chosen = callSafely(modes as (name: string) => unknown, name);
      if (isMode(chosen)) return chosen;
      if (chosen !== undefined)
        diag.error(`redmeter: mode of ${name}: expected ${allowed.join(' or ')}, got another value`);
      return undefined;
    };
  }
  if (typeof modes !== 'object' || modes === null || Array.isArray(modes)) return undefined;
  const byName = new Map(Object.entries(modes));
  if (![...byName.values()].every((mode) => mode === undefined || isMode(mode))) return undefined;
  return (name) => byName.get(name) as Mode | undefined;
}

/** The answer of a function of the application; undefined when it throws, since an export must not fail because of it. */
function callSafely(choose: (name: string) => unknown, name: string): unknown {
  try {
    return choose(name);
  } catch (error) {
    diag.error(`redmeter: mode of ${name}: the function failed, so the default is used`, error);
    return undefined;
  }
}

/** Renames a label `process`, which the library sets itself, as Prometheus renames conflicting labels of a target. */
export function withoutProcess(labels: Labels): Labels {
  const { process, ...others } = labels;
  if (process === undefined || process === '') return others;
  let name = 'exported_process';
  while (name in others) name = `exported_${name}`;
  return { ...others, [name]: process };
}
