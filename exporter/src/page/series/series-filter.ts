import { escapeLabelValue, labelNameText } from '@redmeter/metric-reader';
import { parseLabelText } from './parsed-labels.js';

/** Whether a series matches, by its labels as text; undefined when all series match. */
export type LabelMatcher = ((labels: string) => boolean) | undefined;

interface LabelTerm {
  readonly name: string;
  readonly isNegated: boolean;
  /** The value, cut at its asterisks. */
  readonly parts: readonly string[];
}

const TERM = /^([^\s"!=]+|"(?:[^"\\]|\\.)+")(!?=)(.*)$/s;
/** Words, in which double quotes keep spaces. */
const WORDS = /(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+/g;

/**
 * A person's search. All words must match: `endpoint=join` and `method!=GET` compare a label, where `*` stands for any
 * text and a missing label is empty, as in Prometheus. Any other word is searched in name, help and labels, ignoring case.
 */
export class SeriesFilter {
  readonly #texts: readonly string[];
  readonly #terms: readonly LabelTerm[];

  constructor(query: string) {
    const texts: string[] = [];
    const terms: LabelTerm[] = [];
    for (const [word] of query.matchAll(WORDS)) {
      const [, name, sign, value] = TERM.exec(word) ?? [];
      if (name === undefined || value === undefined) texts.push(unquoted(word).toLowerCase());
      else terms.push({ name: unquoted(name), isNegated: sign === '!=', parts: unquoted(value).split('*') });
    }
    this.#texts = texts.filter((text) => text !== '');
    this.#terms = terms;
  }

  /** Whether everything matches. */
  get isEmpty(): boolean {
    return this.#texts.length === 0 && this.#terms.length === 0;
  }

  /** The part of the search that each series of a family must match. */
  matcherFor(family: { readonly name: string; readonly help: string }): LabelMatcher {
    const described = `${family.name}\n${family.help}`.toLowerCase();
    const texts = this.#texts.filter((text) => !described.includes(text));
    const terms = this.#terms;
    if (texts.length === 0 && terms.length === 0) return undefined;
    // Searching the text first rules out most series without parsing their labels.
    const needles = terms
      .filter(({ isNegated, parts }) => !isNegated && parts.length === 1 && parts[0] !== '')
      .map(({ name, parts }) => `${labelNameText(name)}="${escapeLabelValue(parts[0] ?? '')}"`);
    return (labels) => {
      if (!needles.every((needle) => labels.includes(needle))) return false;
      if (texts.length > 0) {
        const text = labels.includes('\\') ? plainText(labels) : labels;
        const lower = text.toLowerCase();
        if (!texts.every((wanted) => lower.includes(wanted))) return false;
      }
      if (terms.length === 0) return true;
      const values = new Map(parseLabelText(labels));
      return terms.every(({ name, isNegated, parts }) => fits(values.get(name) ?? '', parts) !== isNegated);
    };
  }
}

function unquoted(word: string): string {
  return word.replace(/"((?:[^"\\]|\\.)*)"?/g, (_, inside: string) => inside.replace(/\\(.)/gs, '$1'));
}

function plainText(labels: string): string {
  return parseLabelText(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');
}

/** Whether a text begins, continues and ends with these parts. Each is searched once, so no pattern takes long. */
function fits(text: string, [first = '', ...parts]: readonly string[]): boolean {
  const last = parts.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let position = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return text.length - last.length >= position && text.endsWith(last);
}
