import { Sparkline } from './chart.js';
import { breakable, element, setText } from './element.js';
import { figuresOf } from './figures.js';
import type { FamilyState, OpenState } from './live-model.js';
import { formatCount } from './number-format.js';
import { SeriesTable, type SeriesActions } from './series-grid.js';

/** What a person does in the list. */
export interface RowActions extends SeriesActions {
  /** Opens a family, or closes it. */
  toggle(name: string): void;
}

/** A family in the list. */
export class FamilyRow {
  readonly node = element('li', { class: 'family' });
  /** Opens and closes it. */
  readonly button: HTMLButtonElement;
  readonly #name: string;
  readonly #type = element('span', { class: 'type' });
  readonly #help = element('p', { class: 'help' });
  readonly #series = element('span', { class: 'count' });
  readonly #spark = new Sparkline();
  readonly #main = element('span', { class: 'main' });
  readonly #detail = element('span', { class: 'detail' });
  readonly #actions: RowActions;
  #table: SeriesTable | undefined;
  #shownType = '';

  constructor(name: string, actions: RowActions) {
    this.#name = name;
    this.#actions = actions;
    this.button = element('button', { type: 'button', class: 'name', 'aria-expanded': 'false' }, ...breakable(name));
    this.button.addEventListener('click', () => actions.toggle(name));
    const title = element('div', { class: 'title' }, element('h3', {}, this.button), this.#type, this.#series);
    const head = element(
      'div',
      { class: 'head' },
      element('div', { class: 'about' }, title, this.#help),
      this.#spark.node,
      element('div', { class: 'figures' }, this.#main, this.#detail),
    );
    this.node.append(head);
    // The whole head opens, for a thumb; the button is what the keyboard and a reader of the screen use.
    head.addEventListener('click', (event) => {
      const isText = (window.getSelection()?.toString() ?? '') !== '';
      if (!isText && !(event.target instanceof Element && event.target.closest('button') !== null))
        actions.toggle(name);
    });
  }

  /** Shows what is known now. */
  update(state: FamilyState, isOpen: boolean, open: OpenState | undefined, nowMs: number): void {
    const { summary } = state;
    if (this.#shownType !== summary.type) {
      this.#shownType = summary.type;
      this.#type.className = `type ${summary.type}`;
      setText(this.#type, summary.type);
      this.#close();
    }
    setText(this.#help, summary.help);
    setText(this.#series, formatCount(summary.series, 'series', 'series'));
    const { main, detail, line } = figuresOf(state);
    setText(this.#main, main);
    setText(this.#detail, detail);
    this.#spark.draw(line, nowMs);
    this.button.setAttribute('aria-expanded', String(isOpen));
    if (!isOpen) this.#close();
    else {
      const id = `series-${this.#name}`;
      if (this.#table === undefined) {
        this.#table = new SeriesTable(summary, id, this.#actions);
        this.node.append(this.#table.node);
        this.button.setAttribute('aria-controls', id);
      }
      this.#table.update(summary, open, nowMs);
    }
  }

  #close(): void {
    this.#table?.node.remove();
    this.#table = undefined;
    this.button.removeAttribute('aria-controls');
  }
}
