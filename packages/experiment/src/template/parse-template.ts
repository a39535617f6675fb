import { TemplateError } from './template-error.js';
import type { Operand, ParsedTemplate, Pipeline, TemplateNode } from './template-nodes.js';
import { splitTemplate, tokensOf, type ActionToken, type TemplatePart } from './template-tokens.js';

type Action = Extract<TemplatePart, { kind: 'action' }>;

const MAX_DEPTH = 100;

/** Reads a template of Go's text/template. @throws TemplateError naming the line. */
export function parseTemplate(template: string): ParsedTemplate {
  const reader = new TemplateReader(splitTemplate(template));
  const nodes = reader.readAll();
  return { nodes, defined: reader.defined };
}

class TemplateReader {
  readonly defined = new Map<string, readonly TemplateNode[]>();
  readonly #parts: readonly TemplatePart[];
  #next = 0;
  #depth = 0;

  constructor(parts: readonly TemplatePart[]) {
    this.#parts = parts;
  }

  readAll(): TemplateNode[] {
    const nodes = this.#readNodes();
    const left = this.#parts[this.#next];
    if (left?.kind !== 'action') return nodes;
    const before = 'an if, range, with, block or define';
    throw new TemplateError(left.line, `expected ${before} before {{ ${left.action} }}, got none`);
  }

  // Up to the else or end of its block.
  #readNodes(): TemplateNode[] {
    const nodes: TemplateNode[] = [];
    for (let part = this.#parts[this.#next]; part !== undefined; part = this.#parts[this.#next]) {
      if (part.kind === 'text') nodes.push(part);
      else if (/^(?:end|else)(?![\w.])/.test(part.action)) return nodes;
      this.#next += 1;
      if (part.kind === 'action') nodes.push(...this.#readAction(part));
    }
    return nodes;
  }

  #readAction(action: Action): TemplateNode[] {
    const [, word = '', rest = ''] = /^([A-Za-z]+)(?![\w.])\s*([^]*)$/.exec(action.action) ?? [];
    switch (word) {
      case 'if':
      case 'with':
      case 'range':
        return [this.#readBlock(word, rest, action)];
      case 'define':
      case 'block': {
        const { name, pipeline } = namedIn(rest, action);
        const body = this.#within(action, () => this.#readNodes());
        this.#expectEnd(action);
        this.defined.set(name, body);
        return word === 'define' ? [] : [{ kind: 'template', name, line: action.line, pipeline }];
      }
      case 'template':
        return [{ kind: 'template', line: action.line, ...namedIn(rest, action) }];
      case 'break':
      case 'continue':
        return [{ kind: word, line: action.line }];
      default:
        return [{ kind: 'action', pipeline: parsePipeline(action.action, action.line) }];
    }
  }

  #readBlock(kind: 'if' | 'with' | 'range', condition: string, action: Action): TemplateNode {
    const pipeline = parsePipeline(condition, action.line);
    const body = this.#within(action, () => this.#readNodes());
    const closing = this.#parts[this.#next];
    if (closing?.kind === 'action' && closing.action.startsWith('else')) {
      this.#next += 1;
      const [, chained, rest = ''] = /^else\s+(if|with)\s+([^]*)$/.exec(closing.action) ?? [];
      if (chained === 'if' || chained === 'with') {
        return {
          kind,
          pipeline,
          body,
          otherwise: [this.#within(action, () => this.#readBlock(chained, rest, closing))],
        };
      }
      const otherwise = this.#within(action, () => this.#readNodes());
      this.#expectEnd(action);
      return { kind, pipeline, body, otherwise };
    }
    this.#expectEnd(action);
    return { kind, pipeline, body, otherwise: [] };
  }

  #expectEnd(action: Action): void {
    const closing = this.#parts[this.#next];
    if (closing?.kind === 'action' && closing.action === 'end') {
      this.#next += 1;
      return;
    }
    const got = closing?.kind === 'action' ? `{{ ${closing.action} }}` : 'the end of the template';
    throw new TemplateError(action.line, `expected {{ end }} for {{ ${action.action} }}, got ${got}`);
  }

  #within<T>(action: Action, read: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH)
      throw new TemplateError(action.line, `expected at most ${MAX_DEPTH} nested blocks, got more`);
    const found = read();
    this.#depth -= 1;
    return found;
  }
}

function namedIn(text: string, action: Action): { name: string; pipeline: Pipeline | undefined } {
  const quoted = /^(?:"(?:[^"\\]|\\.)*"|`[^`]*`)/.exec(text)?.[0] ?? '';
  const [name] = tokensOf(quoted, action.line);
  if (name?.kind !== 'literal') {
    throw new TemplateError(action.line, `expected the name of a template in quotes, got {{ ${action.action} }}`);
  }
  const argument = text.slice(quoted.length).trim();
  return {
    name: String(name.value),
    pipeline: argument === '' ? undefined : parsePipeline(argument, action.line),
  };
}

function parsePipeline(text: string, line: number): Pipeline {
  const reader = new PipelineReader(tokensOf(text, line), text, line);
  return reader.readAll();
}

class PipelineReader {
  readonly #tokens: readonly ActionToken[];
  readonly #text: string;
  readonly #line: number;
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly ActionToken[], text: string, line: number) {
    this.#tokens = tokens;
    this.#text = text;
    this.#line = line;
  }

  readAll(): Pipeline {
    const pipeline = this.#readPipeline();
    if (this.#next < this.#tokens.length) throw this.#unexpected('| or the end of the action');
    return pipeline;
  }

  #readPipeline(): Pipeline {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.#unexpected(`at most ${MAX_DEPTH} nested parentheses`);
    const { variables, isAssignment } = this.#readVariables();
    const commands: Operand[][] = [];
    do commands.push(this.#readCommand());
    while (this.#take('|'));
    this.#depth -= 1;
    return { line: this.#line, text: this.#text, variables, isAssignment, commands };
  }

  #readVariables(): { variables: string[]; isAssignment: boolean } {
    const start = this.#next;
    const variables: string[] = [];
    for (let token = this.#tokens[this.#next]; token?.kind === 'variable'; token = this.#tokens[this.#next]) {
      variables.push(token.text);
      this.#next += 1;
      if (!this.#take(',')) break;
    }
    if (variables.length > 0 && this.#take(':=')) return { variables, isAssignment: false };
    if (variables.length > 0 && this.#take('=')) return { variables, isAssignment: true };
    this.#next = start;
    return { variables: [], isAssignment: false };
  }

  #readCommand(): Operand[] {
    const operands: Operand[] = [];
    for (let operand = this.#readOperand(); operand !== undefined; operand = this.#readOperand())
      operands.push(operand);
    if (operands.length === 0) throw this.#unexpected('a value or a function');
    return operands;
  }

  #readOperand(): Operand | undefined {
    const token = this.#tokens[this.#next];
    if (token === undefined) return undefined;
    switch (token.kind) {
      case 'literal':
        this.#next += 1;
        return token;
      case 'name':
        this.#next += 1;
        return { kind: 'function', name: token.text };
      case 'path':
        this.#next += 1;
        return { kind: 'dot', path: token.path };
      case 'variable':
        this.#next += 1;
        return { kind: 'variable', name: token.text, path: this.#joinedPath() };
      case 'sign': {
        if (token.text !== '(') return undefined;
        this.#next += 1;
        const pipeline = this.#readPipeline();
        if (!this.#take(')')) throw this.#unexpected(')');
        return { kind: 'pipeline', pipeline, path: this.#joinedPath() };
      }
    }
  }

  #joinedPath(): readonly string[] {
    const token = this.#tokens[this.#next];
    if (token?.kind !== 'path' || !token.isJoined) return [];
    this.#next += 1;
    return token.path;
  }

  #take(sign: string): boolean {
    const token = this.#tokens[this.#next];
    if (token?.kind !== 'sign' || token.text !== sign) return false;
    this.#next += 1;
    return true;
  }

  #unexpected(expected: string): TemplateError {
    return new TemplateError(this.#line, `expected ${expected}, got {{ ${this.#text} }}`);
  }
}
