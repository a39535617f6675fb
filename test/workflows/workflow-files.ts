import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const root = join(__dirname, '../..');

/** A step of a job or of a composite action. */
export type Step = {
  readonly name?: string;
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string | number>>;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly 'continue-on-error'?: boolean;
};

/** A workflow, as much of it as the tests read. */
export type Workflow = {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
};

/** A job of a workflow. */
type Job = {
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
  readonly steps: readonly Step[];
};

/** A composite action. */
export type Action = {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
};

const read = (file: string): unknown => parse(readFileSync(join(root, file), 'utf8'));

/** The workflows by file, relative to the root of the repository. */
export const workflows: ReadonlyMap<string, Workflow> = new Map(
  readdirSync(join(root, '.github/workflows')).map((name) => {
    const file = `.github/workflows/${name}`;
    return [file, read(file) as Workflow];
  }),
);

/** The composite actions by folder, relative to the root of the repository. */
export const actions: ReadonlyMap<string, Action> = new Map(
  readdirSync(join(root, '.github/actions')).map((name) => {
    const folder = `.github/actions/${name}`;
    return [folder, read(`${folder}/action.yml`) as Action];
  }),
);

/** All steps, each with where it stands. */
export const steps: readonly { readonly place: string; readonly step: Step }[] = [
  ...[...workflows].flatMap(([file, { jobs }]) =>
    Object.entries(jobs).flatMap(([job, { steps: ofJob }]) => ofJob.map((step) => ({ file: `${file}, ${job}`, step }))),
  ),
  ...[...actions].flatMap(([file, { runs }]) => runs.steps.map((step) => ({ file, step }))),
].map(({ file, step }) => ({ place: `${file}: ${step.name ?? step.uses ?? step.run ?? ''}`, step }));

/** The step of a workflow with this name. */
export function stepOf(file: string, name: string): Step {
  const found = Object.values(workflows.get(file)?.jobs ?? {}).flatMap((job) =>
    job.steps.filter((step) => step.name === name),
  );
  if (found[0] === undefined) throw new Error(`${file}: expected a step "${name}", found none`);
  return found[0];
}
