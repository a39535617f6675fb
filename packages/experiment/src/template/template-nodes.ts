/** A value that an action names: a literal, a field of the dot or of a variable, a function, or a pipeline in parentheses. */
export type Operand =
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'dot'; readonly path: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline; readonly path: readonly string[] };

/** Commands of which each gets the value of the one before as its last argument; the first of each is what is called. */
export type Pipeline = {
  readonly line: number;
  /** As it is written, for messages. */
  readonly text: string;
  /** Variables that get the value; of a range the index or key, and the value. */
  readonly variables: readonly string[];
  /** `=`: the variables are there already. */
  readonly isAssignment: boolean;
  readonly commands: readonly (readonly Operand[])[];
};

/** A part that is filled in once, not at all, or for each value. */
export type BlockNode = {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[];
};

/** A part of a template. */
export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipeline: Pipeline }
  | BlockNode
  | { readonly kind: 'template'; readonly name: string; readonly line: number; readonly pipeline: Pipeline | undefined }
  | { readonly kind: 'break' | 'continue'; readonly line: number };

/** A template as it was read: its own nodes, and those of the templates that it defines, by name. */
export type ParsedTemplate = {
  readonly nodes: readonly TemplateNode[];
  readonly defined: ReadonlyMap<string, readonly TemplateNode[]>;
};
