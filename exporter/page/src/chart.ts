import { drawn, element, setText } from './element.js';
import { spanOf, type Point } from './history.js';

const WIDTH = 300;
const HEIGHT = 100;
/** Room for the line's own thickness at the top and bottom. */
const MARGIN = 4;

/** The time that is drawn, milliseconds. */
interface Span {
  readonly nowMs: number;
  readonly spanMs: number;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** A small line without axes: the shape of the last minutes. */
export class Sparkline {
  readonly node: SVGSVGElement;
  readonly #line = drawn('path', { class: 'line' });
  readonly #area = drawn('path', { class: 'area' });

  constructor() {
    this.node = drawn(
      'svg',
      { class: 'spark', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      this.#area,
      this.#line,
    );
  }

  /** Draws points up to `nowMs`. */
  draw(points: readonly Point[], nowMs: number): void {
    const range = rangeOf([points]);
    const spanMs = spanOf(points, nowMs);
    const path = points.length < 2 ? '' : linePath(points, { nowMs, spanMs }, range);
    this.#line.setAttribute('d', path);
    const [first, last] = [points[0], points.at(-1)];
    this.#area.setAttribute(
      'd',
      path === '' || first === undefined || last === undefined
        ? ''
        : `${path}L${x(last.atMs, { nowMs, spanMs })} ${HEIGHT}L${x(first.atMs, { nowMs, spanMs })} ${HEIGHT}Z`,
    );
  }
}

/** A line of a chart. */
export interface ChartLine {
  /** Its number among the colours. */
  readonly colour: number;
  readonly points: readonly Point[];
}

/** The last minutes of several series, with a scale. */
export class Chart {
  readonly node: HTMLElement;
  readonly #svg = drawn('svg', {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  readonly #title = element('figcaption');
  readonly #max = element('span', { class: 'max' });
  readonly #min = element('span', { class: 'min' });
  readonly #since = element('span');

  constructor() {
    this.node = element(
      'figure',
      { class: 'chart' },
      this.#title,
      element('div', { class: 'plot' }, this.#svg, this.#max, this.#min),
      element('div', { class: 'times', 'aria-hidden': 'true' }, this.#since, element('span', {}, 'now')),
    );
    for (const y of [0.25, 0.5, 0.75]) {
      const at = String(y * HEIGHT);
      this.#svg.append(drawn('line', { class: 'grid', x1: '0', x2: String(WIDTH), y1: at, y2: at }));
    }
  }

  /**
   * Draws the lines up to `nowMs`.
   * @param format writes the ends of the scale
   */
  draw(title: string, lines: readonly ChartLine[], nowMs: number, format: (value: number) => string): void {
    setText(this.#title, title);
    const range = rangeOf(lines.map(({ points }) => points));
    const spanMs = Math.max(...lines.map(({ points }) => spanOf(points, nowMs)));
    setText(this.#since, `${spanMs / 60_000} min ago`);
    const isEmpty = lines.every(({ points }) => points.length < 2);
    setText(this.#max, isEmpty ? '' : format(range.max));
    setText(this.#min, isEmpty ? 'The line begins with the next values.' : format(range.min));
    for (const old of this.#svg.querySelectorAll('path')) old.remove();
    for (const { colour, points } of lines) {
      if (points.length < 2) continue;
      this.#svg.append(drawn('path', { class: `line c${colour}`, d: linePath(points, { nowMs, spanMs }, range) }));
    }
  }
}

/** From zero up, as long as nothing is below, so that small changes of large values do not look large. */
function rangeOf(lines: readonly (readonly Point[])[]): Range {
  let min = 0;
  let max = 0;
  for (const points of lines) {
    for (const { value } of points) {
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return min === max ? { min, max: min + 1 } : { min, max };
}

function x(atMs: number, { nowMs, spanMs }: Span): string {
  return (WIDTH * (1 - (nowMs - atMs) / spanMs)).toFixed(1);
}

function linePath(points: readonly Point[], span: Span, { min, max }: Range): string {
  const y = (value: number): string =>
    (HEIGHT - MARGIN - ((value - min) / (max - min)) * (HEIGHT - 2 * MARGIN)).toFixed(1);
  return points.map(({ atMs, value }, i) => `${i === 0 ? 'M' : 'L'}${x(atMs, span)} ${y(value)}`).join('');
}
