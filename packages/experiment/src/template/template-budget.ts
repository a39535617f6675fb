import { TemplateError } from './template-error.js';

const MAX_STEPS = 1_000_000;
const MAX_TEXT_LENGTH = 4 * 1024 * 1024;
const MAX_ITEMS = 100_000;
// So long a text costs as much as one step.
const LENGTH_OF_A_STEP = 256;

/** What one filling of a template may take, so that none takes long or fills the memory, whatever its author wrote. */
export class TemplateBudget {
  #steps = 0;

  /** Counts work: a step, and more for a long text. @throws TemplateError */
  spend(line: number, textLength = 0): void {
    this.checkLength(line, textLength);
    this.#steps += 1 + textLength / LENGTH_OF_A_STEP;
    if (this.#steps > MAX_STEPS) throw new TemplateError(line, `expected at most ${MAX_STEPS} steps, got more`);
  }

  /** @throws TemplateError when a text would be longer than any may be. */
  checkLength(line: number, length: number): void {
    if (length <= MAX_TEXT_LENGTH) return;
    throw new TemplateError(line, `expected strings of at most ${MAX_TEXT_LENGTH} characters, got ${length}`);
  }

  /** @throws TemplateError when a list would be longer than any may be. */
  checkItems(line: number, items: number): void {
    if (items > MAX_ITEMS) throw new TemplateError(line, `expected lists of at most ${MAX_ITEMS} values, got ${items}`);
  }
}
