import { nearestName } from '../spec/nearest-name.js';
import { parseTemplate } from './parse-template.js';
import { TemplateBudget } from './template-budget.js';
import { TemplateError } from './template-error.js';
import type { TemplateFunction } from './template-function.js';
import { TEMPLATE_FUNCTIONS, type CallContext } from './template-functions.js';
import type { BlockNode, Operand, Pipeline, TemplateNode } from './template-nodes.js';
import { fieldOf, isMapping, isTruthy, textOf } from './template-value.js';

/** Values that a template may name, nested by keys. */
export type TemplateValues = Readonly<Record<string, unknown>>;

const MAX_CALLS = 100;

/**
 * Fills in a template of Go's text/template with the functions of sprig that templates of Iter8 use. It takes bounded time and gives
 * a bounded text.
 *
 * @throws TemplateError naming the line, for a name without a value too.
 */
export function fillTemplate(template: string, values: TemplateValues): string {
  return compileTemplate(template)(values);
}

/** Reads a template once, to be filled in often, each time as `fillTemplate` does. @throws TemplateError */
export function compileTemplate(
  template: string,
  functions: ReadonlyMap<string, TemplateFunction> = TEMPLATE_FUNCTIONS,
): (values: TemplateValues) => string {
  const { nodes, defined } = parseTemplate(template);
  return (values) => {
    const evaluation = new Evaluation(values, defined, functions);
    evaluation.fill(nodes, values, new Scope(undefined, [['$', values]]));
    return evaluation.text;
  };
}

type Flow = 'next' | 'break' | 'continue';

/** The variables of a block, and those of the blocks around it. */
class Scope {
  readonly #outer: Scope | undefined;
  readonly #values: Map<string, unknown>;

  constructor(outer: Scope | undefined, values: Iterable<readonly [string, unknown]> = []) {
    this.#outer = outer;
    this.#values = new Map(values);
  }

  declare(name: string, value: unknown): void {
    this.#values.set(name, value);
  }

  /** Whether there is such a variable. */
  assign(name: string, value: unknown): boolean {
    if (!this.#values.has(name)) return this.#outer?.assign(name, value) ?? false;
    this.#values.set(name, value);
    return true;
  }

  find(name: string): { readonly value: unknown } | undefined {
    return this.#values.has(name) ? { value: this.#values.get(name) } : this.#outer?.find(name);
  }
}

class Evaluation {
  readonly #root: TemplateValues;
  readonly #defined: ReadonlyMap<string, readonly TemplateNode[]>;
  readonly #functions: ReadonlyMap<string, TemplateFunction>;
  readonly #budget = new TemplateBudget();
  #pieces: string[] = [];
  #length = 0;
  #calls = 0;

  constructor(
    root: TemplateValues,
    defined: ReadonlyMap<string, readonly TemplateNode[]>,
    functions: ReadonlyMap<string, TemplateFunction>,
  ) {
    this.#root = root;
    this.#defined = defined;
    this.#functions = functions;
  }

  get text(): string {
    return this.#pieces.join('');
  }

  fill(nodes: readonly TemplateNode[], dot: unknown, scope: Scope): Flow {
    for (const node of nodes) {
      const flow = this.#fillNode(node, dot, scope);
      if (flow !== 'next') return flow;
    }
    return 'next';
  }

  #fillNode(node: TemplateNode, dot: unknown, scope: Scope): Flow {
    switch (node.kind) {
      case 'text':
        this.#print(node.text, 0);
        return 'next';
      case 'action': {
        const { pipeline } = node;
        const value = this.#evaluate(pipeline, dot, scope);
        if (this.#bind(pipeline, value, scope)) return 'next';
        if (value === undefined) throw this.#missing(pipeline);
        this.#print(textOf(value), pipeline.line);
        return 'next';
      }
      case 'if':
      case 'with': {
        const { pipeline, kind, body, otherwise } = node;
        const inner = new Scope(scope);
        const value = this.#evaluate(pipeline, dot, scope);
        this.#bind(pipeline, value, inner);
        if (!isTruthy(value)) return this.fill(otherwise, dot, inner);
        return this.fill(body, kind === 'with' ? value : dot, inner);
      }
      case 'range':
        return this.#fillRange(node, dot, scope);
      case 'template': {
        const value = node.pipeline === undefined ? undefined : this.#evaluate(node.pipeline, dot, scope);
        this.#fillNamed(node.name, value, node.line);
        return 'next';
      }
      case 'break':
      case 'continue':
        return node.kind;
    }
  }

  #fillRange(node: BlockNode, dot: unknown, scope: Scope): Flow {
    const { pipeline, body, otherwise } = node;
    const entries = this.#entriesOf(this.#evaluate(pipeline, dot, scope), pipeline);
    if (entries.length === 0) return this.fill(otherwise, dot, new Scope(scope));
    const [first, second] = pipeline.variables;
    for (const [key, value] of entries) {
      this.#budget.spend(pipeline.line);
      const inner = new Scope(scope);
      const bound =
        second === undefined ? [[first, value] as const] : [[first, key] as const, [second, value] as const];
      for (const [name, of] of bound) if (name !== undefined) this.#set(name, of, pipeline, inner);
      if (this.fill(body, value, inner) === 'break') break;
    }
    return 'next';
  }

  #entriesOf(value: unknown, { line, text }: Pipeline): (readonly [unknown, unknown])[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value.map((item: unknown, index) => [index, item]);
    // Go visits a mapping in the order of its keys.
    if (isMapping(value)) return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    if (typeof value === 'number' && Number.isInteger(value)) {
      this.#budget.checkItems(line, value);
      return Array.from({ length: Math.max(0, value) }, (_, index) => [index, index]);
    }
    throw new TemplateError(
      line,
      `expected a list, a mapping or a whole number in {{ range ${text} }}, got ${textOf(value)}`,
    );
  }

  #bind(pipeline: Pipeline, value: unknown, scope: Scope): boolean {
    for (const name of pipeline.variables) this.#set(name, value, pipeline, scope);
    return pipeline.variables.length > 0;
  }

  #set(name: string, value: unknown, { isAssignment, line }: Pipeline, scope: Scope): void {
    if (!isAssignment) scope.declare(name, value);
    else if (!scope.assign(name, value))
      throw new TemplateError(line, `expected ${name} := before ${name} =, got none`);
  }

  #fillNamed(name: string, dot: unknown, line: number): void {
    const nodes = this.#defined.get(name);
    if (nodes === undefined) {
      const known = [...this.#defined.keys()].sort().join(', ') || 'none';
      throw new TemplateError(
        line,
        `expected a template that is defined, one of ${known}, got ${JSON.stringify(name)}`,
      );
    }
    this.#calls += 1;
    if (this.#calls > MAX_CALLS)
      throw new TemplateError(line, `expected at most ${MAX_CALLS} nested templates, got more`);
    this.#budget.spend(line);
    this.fill(nodes, dot, new Scope(undefined, [['$', dot]]));
    this.#calls -= 1;
  }

  // The output of a template, as a string.
  #include(name: string, dot: unknown, line: number): string {
    const before = this.#pieces;
    this.#pieces = [];
    this.#fillNamed(name, dot, line);
    const text = this.text;
    this.#length -= text.length;
    this.#pieces = before;
    return text;
  }

  #print(text: string, line: number): void {
    this.#length += text.length;
    this.#budget.checkLength(line, this.#length);
    this.#budget.spend(line, text.length);
    this.#pieces.push(text);
  }

  #evaluate({ commands, line }: Pipeline, dot: unknown, scope: Scope): unknown {
    let piped: readonly (() => unknown)[] = [];
    let value: unknown;
    for (const command of commands) {
      const found = this.#call(command, piped, line, dot, scope);
      value = found;
      piped = [() => found];
    }
    return value;
  }

  #call(
    command: readonly Operand[],
    piped: readonly (() => unknown)[],
    line: number,
    dot: unknown,
    scope: Scope,
  ): unknown {
    this.#budget.spend(line);
    const [head, ...rest] = command;
    if (head === undefined) return undefined;
    if (head.kind !== 'function') {
      if (rest.length + piped.length > 0) {
        throw new TemplateError(line, `expected a function before arguments, got a value`);
      }
      return this.#operand(head, line, dot, scope);
    }
    // Evaluated lazily: `and` and `or` stop early.
    const given = [...rest.map((operand) => () => this.#operand(operand, line, dot, scope)), ...piped];
    return this.#apply(head.name, given, line);
  }

  #apply(name: string, given: readonly (() => unknown)[], line: number): unknown {
    const definition = this.#functions.get(name);
    if (definition === undefined) {
      const nearest = nearestName(name, [...this.#functions.keys()]);
      const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
      throw new TemplateError(line, `expected a function of Go's templates or sprig, got ${name}${hint}`);
    }
    const { atLeast, atMost = atLeast } = definition;
    if (given.length < atLeast || given.length > atMost) {
      const wanted =
        atMost === atLeast ? atLeast : atMost === Infinity ? `at least ${atLeast}` : `${atLeast} to ${atMost}`;
      throw new TemplateError(line, `expected ${wanted} arguments of ${name}, got ${given.length}`);
    }
    const context: CallContext = {
      line,
      budget: this.#budget,
      include: (template, dot) => this.#include(template, dot, line),
    };
    const value =
      definition.isLazy === true
        ? definition.call(given, context)
        : definition.call(
            given.map((get) => get()),
            context,
          );
    if (typeof value === 'string') this.#budget.spend(line, value.length);
    if (Array.isArray(value)) this.#budget.checkItems(line, value.length);
    return value;
  }

  #operand(operand: Operand, line: number, dot: unknown, scope: Scope): unknown {
    switch (operand.kind) {
      case 'literal':
        return operand.value;
      case 'dot':
        return along(dot, operand.path);
      case 'variable': {
        const found = scope.find(operand.name);
        if (found !== undefined) return along(found.value, operand.path);
        throw new TemplateError(line, `expected a variable that is set, got ${operand.name}`);
      }
      case 'function':
        return this.#apply(operand.name, [], line);
      case 'pipeline':
        return along(this.#evaluate(operand.pipeline, dot, scope), operand.path);
    }
  }

  #missing({ text, line }: Pipeline): TemplateError {
    const known = Object.keys(this.#root).sort().join(', ') || 'none';
    const head = text.split('|')[0]?.trim() ?? '';
    return new TemplateError(line, `expected a value for {{ ${head} }}, got none; known are ${known}`);
  }
}

function along(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(fieldOf, value);
}
