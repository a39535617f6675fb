import { Composer, LineCounter, Parser, type CST, type Document } from 'yaml';

/** Errors of a text that are found before its values are checked. */
export type YamlProblem = { readonly offset: number; readonly expected: string; readonly cause?: unknown };

/** A YAML document and the lines of its text, or what is wrong with it. */
export type YamlReading =
  | { readonly ok: true; readonly document: Document; readonly lines: LineCounter }
  | { readonly ok: false; readonly problem: YamlProblem; readonly lines: LineCounter };

// Each level is a call of the library's composer: some thousands of them end the process.
const MAX_DEPTH = 200;

/** Reads a text as one document of YAML 1.2; the key `<<` takes over the fields of another mapping, as other readers of YAML have it. */
export function readYaml(text: string): YamlReading {
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const tooDeep = tokens.map(offsetTooDeep).find((offset) => offset !== undefined);
  if (tooDeep !== undefined) {
    const expected = `at most ${MAX_DEPTH} nested lists and mappings, got more`;
    return { ok: false, problem: { offset: tooDeep, expected }, lines };
  }
  const [document, second] = new Composer({ merge: true }).compose(tokens, true, text.length);
  if (document === undefined) throw new Error('expected a YAML document, got none');
  const [error] = document.errors;
  if (error !== undefined) {
    return { ok: false, problem: { offset: error.pos[0], expected: `YAML: ${error.message}`, cause: error }, lines };
  }
  if (second !== undefined) {
    return { ok: false, problem: { offset: second.range[0], expected: 'one document, got another after it' }, lines };
  }
  return { ok: true, document, lines };
}

// Not by calls, of which there can be too many.
function offsetTooDeep(token: CST.Token): number | undefined {
  const open: { readonly token: CST.Token; readonly depth: number }[] = [{ token, depth: 0 }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at.depth > MAX_DEPTH) return 'offset' in at.token ? at.token.offset : 0;
    for (const child of childrenOf(at.token)) open.push({ token: child, depth: at.depth + 1 });
  }
  return undefined;
}

function childrenOf(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) => [key, value].filter((part) => part !== undefined && part !== null));
}
