import type { Finding } from '../../../src/doctor/finding.js';
import { makeCommandFolder } from '../command-run.js';

/** What `redmeter doctor --json` found. */
export interface DoctorRun {
  readonly code: number;
  readonly err: string;
  /** By their codes; empty when Redis could not be looked at. */
  readonly findings: ReadonlyMap<string, Finding>;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Looks at a Redis as a program does, with `variables` as the environment. */
export async function doctor(
  url: string,
  flags: readonly string[] = [],
  variables: Record<string, string> = {},
): Promise<DoctorRun> {
  const { code, out, err } = await makeCommandFolder(variables).run('doctor', url, '--json', ...flags);
  const json = out === '' ? {} : (JSON.parse(out) as Record<string, unknown>);
  const findings = (json['findings'] ?? []) as Finding[];
  return { code, err, json, findings: new Map(findings.map((finding) => [finding.code, finding])) };
}
