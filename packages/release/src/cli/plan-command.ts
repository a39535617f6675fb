import { EXIT_CODE, type CommandEnvironment, type ExitCode } from '@redmeter/experiment';
import { changeLines } from '../plan/plan-changes.js';
import { estimateWarning } from '../spec/judge-slos.js';
import { changesTo } from './changes-to.js';
import { gatewayOf, readRelease, type ReleaseOptions } from './release-files.js';

/** Prints what would change at the gateway; changes nothing. */
export async function planCommand(options: ReleaseOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const { spec, plan } = await readRelease(options, environment);
  const status = await gatewayOf(plan, options).status();
  const changes = changesTo(plan, status);
  const warning = estimateWarning(spec.rollout?.judge ?? []);
  const warnings = warning === undefined ? [] : [warning];
  if (options.json === true) {
    environment.writeOut(
      `${JSON.stringify({ application: spec.application, plan, changes, warnings }, undefined, 2)}\n`,
    );
    return EXIT_CODE.holds;
  }
  const lines = changes.length === 0 ? ['no changes'] : changeLines(changes);
  const { rollout } = spec;
  if (rollout !== undefined) {
    lines.push(
      `"redmeter release run" then gives ${rollout.candidate} ${rollout.steps.join(', ')} %, by the verdicts about it`,
    );
  }
  lines.push(...warnings.map((text) => `warning: ${text}`));
  environment.writeOut(lines.map((line) => `${line}\n`).join(''));
  return EXIT_CODE.holds;
}
