import { arrange } from './element.js';
import { FamilyRow, type RowActions } from './family-row.js';
import type { FamilyState, LiveModel } from './live-model.js';
import type { ViewState } from './view-state.js';

const OWN_NAME_START = 'redmeter_';

/** The list of families. */
export class FamilyList {
  readonly #list: HTMLElement;
  readonly #actions: RowActions;
  readonly #rows = new Map<string, FamilyRow>();

  constructor(list: HTMLElement, actions: RowActions) {
    this.#list = list;
    this.#actions = actions;
    list.addEventListener('keydown', (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.#move(step);
    });
  }

  /**
   * Shows what is known now.
   * @returns how many families are listed
   */
  update(model: LiveModel, view: ViewState): number {
    const shown = [...model.families.values()]
      .filter(({ summary }) => view.type === '' || summary.type === view.type)
      .sort(inOrder);
    const rows = shown.map((state) => {
      const { name } = state.summary;
      let row = this.#rows.get(name);
      if (row === undefined) this.#rows.set(name, (row = new FamilyRow(name, this.#actions)));
      row.update(state, view.open.has(name), model.open.get(name), model.nowMs);
      return row.node;
    });
    const names = new Set(shown.map(({ summary }) => summary.name));
    for (const name of this.#rows.keys()) if (!names.has(name)) this.#rows.delete(name);
    arrange(this.#list, rows);
    return rows.length;
  }

  /** Goes to a family, if it is listed. */
  focus(name: string): void {
    const button = this.#rows.get(name)?.button;
    button?.focus();
    button?.scrollIntoView({ block: 'nearest' });
  }

  /** Goes to the first family. */
  focusFirst(): void {
    this.#buttons()[0]?.focus();
  }

  #move(step: number): void {
    const buttons = this.#buttons();
    const row = document.activeElement?.closest('.family');
    const index = buttons.findIndex((button) => button.closest('.family') === row);
    buttons[Math.min(buttons.length - 1, Math.max(0, index + step))]?.focus();
  }

  #buttons(): HTMLElement[] {
    return [...this.#list.querySelectorAll<HTMLElement>('button.name')];
  }
}

/** The application's own first. */
function inOrder({ summary: a }: FamilyState, { summary: b }: FamilyState): number {
  const isOwn = (name: string): number => Number(name.startsWith(OWN_NAME_START));
  return isOwn(a.name) - isOwn(b.name) || (a.name < b.name ? -1 : 1);
}
