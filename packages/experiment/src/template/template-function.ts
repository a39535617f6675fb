import type { TemplateBudget } from './template-budget.js';

/** What a function can use in addition to its arguments. */
export type CallContext = {
  readonly line: number;
  readonly budget: TemplateBudget;
  /** What a template that is defined prints. */
  readonly include: (template: string, dot: unknown) => string;
};

/** A function that a template may call. */
export type TemplateFunction = {
  /** How many arguments it takes, the piped one counted. */
  readonly atLeast: number;
  /** The same as `atLeast` by default. */
  readonly atMost?: number;
} & (
  | { readonly isLazy?: false; readonly call: (given: readonly unknown[], context: CallContext) => unknown }
  | { readonly isLazy: true; readonly call: (given: readonly (() => unknown)[], context: CallContext) => unknown }
);

/** Functions by name. */
export type FunctionTable = readonly (readonly [string, TemplateFunction])[];

/** A function of so many arguments. */
export function fixed(
  atLeast: number,
  call: (given: readonly unknown[], context: CallContext) => unknown,
): TemplateFunction {
  return { atLeast, call };
}

/** A function of any number of arguments from `atLeast` on. */
export function variadic(
  atLeast: number,
  call: (given: readonly unknown[], context: CallContext) => unknown,
): TemplateFunction {
  return { atLeast, atMost: Infinity, call };
}
