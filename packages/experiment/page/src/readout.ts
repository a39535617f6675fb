import type uPlot from 'uplot';
import type { ChartData } from '../../src/report/charts/chart.js';

/**
 * Shows the values at one x beside the cursor: under the pointer or a finger, or by the arrow keys. What it shows are the words of the
 * figure's table.
 */
export function connectReadout(figure: HTMLElement, plot: HTMLElement, chart: uPlot, data: ChartData): void {
  const table = figure.querySelector('table');
  if (table === null) return;
  const readout = document.createElement('div');
  readout.className = 'readout';
  readout.setAttribute('role', 'status');
  readout.hidden = true;
  chart.over.append(readout);
  const rows = table.tBodies[0]?.rows;
  const heads = table.tHead?.rows[0]?.cells;
  let shownRow: number | undefined;

  const show = (row: number | undefined): void => {
    const cells = row === undefined ? undefined : rows?.[row]?.cells;
    readout.hidden = cells === undefined;
    if (cells !== undefined && row !== shownRow) readout.replaceChildren(...linesOf(cells));
    shownRow = cells === undefined ? undefined : row;
    // Beside the cursor, on the side where there is room.
    const left = chart.cursor.left ?? 0;
    const room = chart.over.clientWidth - readout.offsetWidth;
    const aside = left + 12 <= room ? left + 12 : left - 12 - readout.offsetWidth;
    readout.style.left = `${Math.max(Math.min(0, room), aside)}px`;
  };
  const linesOf = (cells: HTMLCollectionOf<HTMLTableCellElement>): HTMLElement[] => {
    const lines = data.series.flatMap(({ colour }, index) => {
      const text = cells[index + 1]?.textContent ?? '';
      if (text === '' || chart.series[index + 1]?.show !== true) return [];
      const isNamed = data.series.length > 1 || data.kind === 'intervals';
      const name = isNamed ? `${heads?.[index + 1]?.textContent ?? ''}: ` : '';
      return [element('p', `${name}${text}`, `s${colour}`)];
    });
    return [element('b', cells[0]?.textContent ?? ''), ...lines];
  };

  (chart.hooks.setCursor ??= []).push(() => show(rowUnderCursor(chart, data)));
  (chart.hooks.setSeries ??= []).push(() => {
    shownRow = undefined;
  });
  plot.tabIndex = 0;
  plot.setAttribute('role', 'application');
  const title = figure.querySelector('figcaption')?.textContent ?? '';
  plot.setAttribute('aria-label', `Chart: ${title}. Arrow keys read its values.`);
  connectKeys(plot, chart, data, () => shownRow);
  connectTouch(chart);
}

function element(tag: 'p' | 'b', text: string, className = ''): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** The row of the x value that is nearest to the cursor, of a histogram that of the bucket under it. */
function rowUnderCursor(chart: uPlot, { kind, x }: ChartData): number | undefined {
  const { idx, left = -1 } = chart.cursor;
  if (idx === null || idx === undefined || left < 0) return undefined;
  const isNext = kind === 'steps' && (x[idx] ?? 0) > chart.posToVal(left, 'x');
  return isNext ? Math.max(0, idx - 1) : idx;
}

/** Arrow keys, Home and End go from value to value; Escape hides them and shows all again after a zoom. */
function connectKeys(plot: HTMLElement, chart: uPlot, { kind, x }: ChartData, present: () => number | undefined): void {
  const moves: Readonly<Record<string, (row: number) => number>> = {
    ArrowLeft: (row) => row - 1,
    ArrowRight: (row) => row + 1,
    Home: () => 0,
    End: () => Infinity,
  };
  const placeOf = (row: number): number => {
    const [from = 0, to = from] = [x[row], x[row + 1]];
    return chart.valToPos(kind === 'steps' ? (from + to) / 2 : from, 'x');
  };
  const goTo = (row: number): void => chart.setCursor({ left: placeOf(row), top: chart.over.clientHeight / 2 });
  const hide = (): void => chart.setCursor({ left: -10, top: -10 });
  plot.addEventListener('keydown', (event) => {
    const move = moves[event.key];
    if (event.key === 'Escape') {
      hide();
      chart.setScale('x', { min: x[0] ?? 0, max: x.at(-1) ?? 1 });
      return;
    }
    if (move === undefined) return;
    event.preventDefault();
    const { min, max } = chart.scales['x'] ?? {};
    const shown = x.flatMap((value, row) =>
      value >= (min ?? -Infinity) && value <= (max ?? Infinity) && (kind !== 'steps' || row + 1 < x.length)
        ? [row]
        : [],
    );
    const at = shown.indexOf(present() ?? -1);
    const next = shown[Math.min(shown.length - 1, Math.max(0, move(at)))];
    if (next !== undefined) goTo(next);
  });
  plot.addEventListener('blur', hide);
}

/** A finger that moves sideways reads the values under it; up and down it scrolls the page. */
function connectTouch(chart: uPlot): void {
  const { over } = chart;
  over.addEventListener('pointermove', ({ clientX, clientY, pointerType }) => {
    if (pointerType === 'mouse') return;
    const { left, top } = over.getBoundingClientRect();
    chart.setCursor({ left: clientX - left, top: clientY - top });
  });
}
