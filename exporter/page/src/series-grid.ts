import { Chart, Sparkline, type ChartLine } from './chart.js';
import { arrange, element, setText } from './element.js';
import type { OpenState, SeriesState } from './live-model.js';
import { valueNumber } from './live-model.js';
import { formatCount, formatNumber, formatRate, formatValue, unitOf } from './number-format.js';
import type { FamilySummary, LabelPair } from './protocol.js';

/** What a person does in an open family. */
export interface SeriesActions {
  /** Adds a label to the filter. */
  filterBy(label: LabelPair): void;
  /** Shows more series of a family. */
  showMore(name: string): void;
}

/** Lines in a chart: as many as there are colours that a person can distinguish. */
const MAX_LINES = 6;

interface Row {
  readonly node: HTMLTableRowElement;
  readonly mark: HTMLElement;
  readonly spark: Sparkline;
  readonly cells: readonly HTMLTableCellElement[];
}

const COLUMNS: Readonly<Record<FamilySummary['type'], readonly string[]>> = {
  counter: ['Total', 'Rate'],
  gauge: ['Value'],
  histogram: ['Count', 'Rate', 'Mean', 'p50', 'p95', 'p99'],
};

/** The series of an open family: a chart and a table. */
export class SeriesTable {
  readonly node: HTMLElement;
  readonly #actions: SeriesActions;
  readonly #type: FamilySummary['type'];
  readonly #chart = new Chart();
  readonly #body = element('tbody');
  readonly #rows = new Map<SeriesState, Row>();
  readonly #more = element('button', { type: 'button', class: 'button more' });
  readonly #note = element('p', { class: 'note' }, 'Loading series …');
  readonly #scroll: HTMLElement;

  constructor(summary: FamilySummary, id: string, actions: SeriesActions) {
    this.#actions = actions;
    this.#type = summary.type;
    const heads = COLUMNS[summary.type].map((name) => element('th', { scope: 'col', class: 'number' }, name));
    const table = element(
      'table',
      { class: 'series' },
      element('caption', { class: 'hidden' }, `Series of ${summary.name}`),
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          element('th', { scope: 'col' }, 'Labels'),
          element('th', { scope: 'col' }, 'Last minutes'),
          ...heads,
        ),
      ),
      this.#body,
    );
    this.#scroll = element('div', { class: 'scroll' }, table);
    this.node = element('div', { class: 'open', id }, this.#note, this.#chart.node, this.#scroll, this.#more);
    this.#chart.node.hidden = true;
    this.#scroll.hidden = true;
    this.#more.hidden = true;
    this.#more.addEventListener('click', () => actions.showMore(summary.name));
  }

  /** Shows what is known now. */
  update(summary: FamilySummary, open: OpenState | undefined, nowMs: number): void {
    if (open === undefined) return;
    const unit = unitOf(summary.name, summary.unit);
    const states = open.order.flatMap((id) => open.series.get(id) ?? []);
    this.#note.hidden = true;
    this.#chart.node.hidden = unit.startsWith('timestamp');
    this.#scroll.hidden = false;
    for (const state of this.#rows.keys()) if (!states.includes(state)) this.#rows.delete(state);
    arrange(
      this.#body,
      states.map((state) => this.#row(state).node),
    );
    const colours = this.#drawChart(summary, states, unit, nowMs);
    for (const state of states) {
      const row = this.#row(state);
      const colour = colours.get(state);
      row.mark.className = colour === undefined ? 'mark' : `mark c${colour}`;
      row.spark.draw(this.#points(state), nowMs);
      for (const [i, text] of this.#texts(state, unit).entries()) {
        const cell = row.cells[i];
        if (cell !== undefined) setText(cell, text);
      }
    }
    this.#more.hidden = open.more === 0;
    const isFull = states.length >= 1000;
    this.#more.disabled = isFull;
    setText(this.#more, `${formatNumber(open.more)} more${isFull ? ': narrow the filter to see them' : ', show them'}`);
  }

  #drawChart(
    summary: FamilySummary,
    states: readonly SeriesState[],
    unit: string,
    nowMs: number,
  ): ReadonlyMap<SeriesState, number> {
    const ranked = states
      .map((state) => ({ state, points: this.#points(state) }))
      .sort((a, b) => (b.points.at(-1)?.value ?? -1) - (a.points.at(-1)?.value ?? -1))
      .slice(0, MAX_LINES);
    // In the order of the table, so that a colour does not wander as values pass each other.
    const shown = states.flatMap((state) => ranked.find((one) => one.state === state) ?? []);
    const lines = shown.map(({ points }, colour): ChartLine => ({ colour, points }));
    const isPercentile = this.#type === 'histogram' && states.some(({ values }) => values[3] !== null);
    const what = { counter: 'Rate', gauge: 'Value', histogram: isPercentile ? 'p95' : 'Rate' }[summary.type];
    const which = states.length > shown.length ? `, the ${shown.length} largest` : '';
    const format = (value: number): string => (what === 'Rate' ? formatRate(value) : formatValue(value, unit));
    this.#chart.draw(`${what} of ${formatCount(summary.series, 'series', 'series')}${which}`, lines, nowMs, format);
    return new Map(shown.map(({ state }, colour) => [state, colour]));
  }

  #points(state: SeriesState): ReturnType<SeriesState['history']['rates']> {
    if (this.#type === 'gauge') return [...state.history.values()];
    const percentiles = this.#type === 'histogram' ? [...state.percentiles.values()] : [];
    return percentiles.length > 0 ? percentiles : state.history.rates();
  }

  #texts({ values, history }: SeriesState, unit: string): readonly string[] {
    const number = (i: number): number | null => valueNumber(values[i]);
    if (this.#type === 'gauge') return [formatValue(number(0), unit)];
    const rate = formatRate(history.rates().at(-1)?.value);
    if (this.#type === 'counter') return [formatValue(number(0), unit), rate];
    const [count, sum] = [number(0), number(1)];
    const mean = count === null || sum === null || count === 0 ? null : sum / count;
    return [
      formatNumber(count),
      rate,
      ...[mean, number(2), number(3), number(4)].map((value) => formatValue(value, unit)),
    ];
  }

  #row(state: SeriesState): Row {
    let row = this.#rows.get(state);
    if (row === undefined) {
      const mark = element('span', { class: 'mark', 'aria-hidden': 'true' });
      const labels = state.labels.map((label) => this.#chip(label));
      const spark = new Sparkline();
      const cells = COLUMNS[this.#type].map((name) => element('td', { class: 'number', 'data-name': name }));
      const node = element(
        'tr',
        {},
        element(
          'th',
          { scope: 'row' },
          element(
            'div',
            { class: 'labels' },
            mark,
            ...(labels.length > 0 ? labels : [element('span', { class: 'none' }, 'no labels')]),
          ),
        ),
        element('td', { class: 'shape' }, spark.node),
        ...cells,
      );
      row = { node, mark, spark, cells };
      this.#rows.set(state, row);
    }
    return row;
  }

  #chip(label: LabelPair): HTMLElement {
    const [name, value] = label;
    const chip = element(
      'button',
      { type: 'button', class: 'chip', 'aria-label': `filter by ${name} ${value}` },
      element('span', { class: 'name' }, name),
      element('span', { class: 'value' }, value),
    );
    chip.addEventListener('click', () => this.#actions.filterBy(label));
    return chip;
  }
}
