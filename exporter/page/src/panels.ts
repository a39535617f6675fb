import { arrange, breakable, element, setText } from './element.js';
import type { LiveModel } from './live-model.js';
import { formatAge, formatCount, formatNumber, NO_VALUE } from './number-format.js';
import type { LabelPair, Totals, WriterState } from './protocol.js';
import { releaseNodes } from './releases-panel.js';
import { SKIP_TEXTS } from './skip-texts.js';

/** Writers flush every few seconds: after so long, one is marked as late, then as silent. */
const LATE_MS = 30_000;
const SILENT_MS = 120_000;

/** Shows the totals and the panels beside the list. */
export class Panels {
  readonly #parts: Readonly<Record<'tiles' | 'releases' | 'writers' | 'largest' | 'skipped', HTMLElement>>;
  readonly #show: (name: string) => void;
  readonly #tiles = new Map<string, { readonly node: HTMLElement; readonly value: HTMLElement }>();
  #totals: Totals | undefined;
  #ages: { readonly node: HTMLElement; readonly atMs: number }[] = [];

  /** @param show goes to a family */
  constructor(
    parts: Readonly<Record<'tiles' | 'releases' | 'writers' | 'largest' | 'skipped', HTMLElement>>,
    show: (name: string) => void,
  ) {
    this.#parts = parts;
    this.#show = show;
  }

  /** Shows what is known now. */
  update(model: LiveModel, nowMs: number): void {
    const { totals } = model;
    if (totals === undefined) return;
    const skipped = totals.skipped.reduce((sum, [, keys]) => sum + keys, 0);
    this.#tile('Metrics', formatNumber(totals.families));
    this.#tile('Series', formatNumber(totals.series));
    this.#tile(
      'Samples',
      formatNumber(totals.samples),
      'series as Prometheus counts them, with buckets and percentiles',
    );
    this.#tile('Skipped keys', formatNumber(skipped), '', skipped > 0 ? 'warn' : '');
    this.#tile('Last write', totals.lastWriteMs === null ? NO_VALUE : `${formatAge(nowMs - totals.lastWriteMs)} ago`);
    this.#tile('Read time', `${formatNumber(Number(model.readMs.toPrecision(2)))} ms`);
    if (totals !== this.#totals) {
      this.#totals = totals;
      this.#parts.releases.replaceChildren(...releaseNodes(totals.releases));
      this.#showLargest(totals);
      this.#showSkipped(totals);
      this.#showWriters(totals);
    }
    this.tick(nowMs);
  }

  /** Lets the ages grow. */
  tick(nowMs: number): void {
    for (const { node, atMs } of this.#ages) {
      const ageMs = nowMs - atMs;
      setText(node, `${formatAge(ageMs)} ago`);
      node.dataset['state'] = ageMs < LATE_MS ? 'good' : ageMs < SILENT_MS ? 'late' : 'silent';
    }
    const lastWriteMs = this.#totals?.lastWriteMs ?? null;
    if (lastWriteMs !== null) this.#tile('Last write', `${formatAge(nowMs - lastWriteMs)} ago`);
  }

  #tile(name: string, value: string, title = '', state = ''): void {
    let tile = this.#tiles.get(name);
    if (tile === undefined) {
      const shown = element('dd');
      const node = element('div', title === '' ? {} : { title }, element('dt', {}, name), shown);
      tile = { node, value: shown };
      this.#tiles.set(name, tile);
      this.#parts.tiles.append(node);
    }
    tile.node.dataset['state'] = state;
    setText(tile.value, value);
  }

  #showLargest({ largest }: Totals): void {
    const most = largest[0]?.[1] ?? 1;
    const items = largest.map(([name, samples, series]) => {
      const button = element('button', { type: 'button', class: 'link' }, ...breakable(name));
      button.addEventListener('click', () => this.#show(name));
      const bar = element('meter', { min: '0', max: String(most), value: String(samples), 'aria-hidden': 'true' });
      const count = element('span', { class: 'number', title: `from ${formatCount(series, 'series', 'series')} here` });
      count.append(formatNumber(samples));
      return element('li', {}, button, count, bar);
    });
    this.#parts.largest.replaceChildren(
      items.length > 0
        ? element('ol', { class: 'bars' }, ...items)
        : element('p', { class: 'note' }, 'No metrics yet.'),
    );
  }

  #showSkipped({ skipped, truncated, isScanDisabled }: Totals): void {
    const notes: Node[] = [];
    if (truncated.length > 0) {
      notes.push(
        element('p', { class: 'note warn' }, `Left out, since there are too many series: ${truncated.join(', ')}`),
      );
    }
    if (isScanDisabled) {
      notes.push(element('p', { class: 'note' }, 'The database is large: only keys in an index are read.'));
    }
    const items = skipped.flatMap(([reason, keys]) => [
      element('dt', {}, element('code', {}, reason), element('span', { class: 'number' }, formatNumber(keys))),
      element('dd', {}, (SKIP_TEXTS as Readonly<Record<string, string>>)[reason] ?? ''),
    ]);
    const list =
      items.length > 0
        ? element('dl', { class: 'reasons' }, ...items)
        : element('p', { class: 'note' }, 'None: every key is shown.');
    this.#parts.skipped.replaceChildren(...notes, list);
  }

  #showWriters({ writers, moreWriters }: Totals): void {
    if (writers.length === 0) {
      const note = element(
        'p',
        { class: 'note' },
        'No writer health data yet. Writers that use the library report it.',
      );
      this.#parts.writers.replaceChildren(note);
      this.#ages = [];
      return;
    }
    this.#ages = [];
    const rows = writers.map((writer) => this.#writerRow(writer));
    const table = element(
      'table',
      { class: 'writers' },
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          element('th', { scope: 'col' }, 'Writer'),
          element('th', { scope: 'col', class: 'number' }, 'Last flush'),
        ),
      ),
      element('tbody', {}, ...rows),
    );
    const more = moreWriters === 0 ? [] : [element('p', { class: 'note' }, `${formatNumber(moreWriters)} more`)];
    const holder = element('div');
    arrange(holder, [table, ...more]);
    this.#parts.writers.replaceChildren(holder);
  }

  #writerRow({ labels, lastFlushMs, failures, dropped }: WriterState): HTMLElement {
    const age = element('span', { class: 'since' });
    this.#ages.push({ node: age, atMs: lastFlushMs });
    const trouble = [
      failures > 0 ? formatCount(failures, 'failed flush', 'failed flushes') : '',
      dropped > 0 ? `${formatNumber(dropped)} dropped` : '',
    ].filter((text) => text !== '');
    const name = element('th', { scope: 'row' }, writerName(labels));
    if (trouble.length > 0) name.append(element('span', { class: 'trouble' }, trouble.join(', ')));
    return element('tr', {}, name, element('td', { class: 'number' }, age));
  }
}

function writerName(labels: readonly LabelPair[]): string {
  const id = labels.find(([name]) => name === 'writer')?.[1] ?? '';
  const others = labels.filter(([name]) => name !== 'writer').map(([name, value]) => `${name}=${value}`);
  return [id, ...others].join(' ');
}
