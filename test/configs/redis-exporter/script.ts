import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';

/** The script as it is committed. */
export const SCRIPT = readFileSync(join(__dirname, '../../../configs/redis-exporter.lua'), 'utf8');

/** How a script is called: EVAL_RO refuses a script that writes. */
export type EvalCommand = 'EVAL' | 'EVAL_RO';

/** Runs the script and gives its reply, whose every element must be a string. */
export async function runScript(
  redis: Redis,
  args: readonly string[] = [],
  command: EvalCommand = 'EVAL',
  script = SCRIPT,
): Promise<string[]> {
  const reply: unknown = await redis.callBuffer(command, script, '0', ...args);
  if (!Array.isArray(reply)) throw new Error(`expected a list, got ${String(reply)}`);
  return reply.map((element: unknown) => {
    if (!Buffer.isBuffer(element)) throw new Error(`expected a string, got ${String(element)}`);
    return element.toString('utf8');
  });
}

/** Settings of the script as its further arguments. */
export function settingArguments(settings: {
  readonly nowMs: number;
  readonly maxSeries?: number | undefined;
  readonly scanLimit?: number | undefined;
  readonly newMs?: number | undefined;
  readonly escaping?: string | undefined;
}): string[] {
  const { nowMs, maxSeries, newMs, scanLimit, escaping } = settings;
  return [
    `now_ms=${nowMs}`,
    ...(maxSeries === undefined ? [] : [`max_series=${maxSeries}`]),
    ...(scanLimit === undefined ? [] : [`scan_limit=${scanLimit}`]),
    ...(newMs === undefined ? [] : [`new_ms=${newMs}`]),
    ...(escaping === undefined ? [] : [`escaping=${escaping}`]),
  ];
}
