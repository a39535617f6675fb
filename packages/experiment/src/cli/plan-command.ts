import { resolve } from 'node:path';
import { ExperimentError } from '../experiment-error.js';
import { planLine } from '../report/plan-text.js';
import { planExperiment, type PlanQuestion } from '../tasks/plan-experiment.js';
import { EXIT_CODE, type CommandEnvironment, type ExitCode } from './command-environment.js';
import { readExperiment, readStoredResult } from './experiment-files.js';
import { writeEither, type JsonChoice } from './json-output.js';
import { readSpecValues, type SpecValueOptions } from './spec-values.js';

/** The power of a plan that names none: one true effect in ten is missed. */
export const DEFAULT_POWER = 0.9;

/** The flags of `redmeter plan`. */
export type PlanOptions = JsonChoice &
  SpecValueOptions & { readonly runDir: string; readonly effect?: string; readonly power?: string };

/** Prints what each verdict of the experiment of a folder can decide, before it runs. */
export async function planCommand(options: PlanOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const folder = resolve(environment.workingFolder, options.runDir);
  const power = powerOf(options.power);
  const effect = options.effect === undefined ? undefined : effectOf(options.effect);
  const given = await readSpecValues(options, environment.workingFolder);
  const isInEnvironment = (name: string): boolean =>
    Object.hasOwn(environment.variables, name) && (environment.variables[name] ?? '') !== '';
  const spec = await readExperiment(folder, { given, isInEnvironment });
  const earlier = (await readStoredResult(folder))?.insights;
  const plans = planExperiment(spec, {
    power,
    plannedLooks: 1,
    ...(effect === undefined ? {} : { effect }),
    ...(earlier === undefined ? {} : { earlier }),
  });
  writeEither(options, environment, { power, verdicts: plans }, () =>
    plans.length === 0
      ? 'no verdict of this experiment states a confidence\n'
      : plans.map((plan) => `${planLine(plan, power)}\n`).join(''),
  );
  return EXIT_CODE.holds;
}

function powerOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_POWER;
  const power = text.trim() === '' ? Number.NaN : Number(text);
  if (power > 0.5 && power < 1) return power;
  throw new ExperimentError(
    'invalid_usage',
    `expected --power to be a number between 0.5 and 1, got ${JSON.stringify(text)}`,
  );
}

function effectOf(text: string): NonNullable<PlanQuestion['effect']> {
  const [, amount, percent] = /^\s*(\d+(?:\.\d+)?)\s*(%)?\s*$/.exec(text) ?? [];
  if (amount !== undefined && Number(amount) > 0) {
    return percent === undefined
      ? { kind: 'absolute', amount: Number(amount) }
      : { kind: 'relative', amount: Number(amount) / 100 };
  }
  throw new ExperimentError(
    'invalid_usage',
    `expected --effect to be a share such as 5% or an amount above 0, got ${JSON.stringify(text)}`,
  );
}
