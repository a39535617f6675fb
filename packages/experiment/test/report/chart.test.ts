import { describe, expect, it } from '@jest/globals';
import { drawChart, type Chart } from '../../src/report/chart.js';

function draw(...series: Chart['series'][number]['points'][]): { ticks: string[]; lines: string[]; dots: string[] } {
  const svg = drawChart({
    title: 'Latency',
    xLabel: 'seconds',
    yLabel: 'ms',
    series: series.map((points, index) => ({ label: `v${index}`, points })),
  });
  const [plot = ''] = svg.split('</svg>');
  const all = (pattern: RegExp): string[] => [...plot.matchAll(pattern)].map(([, found = '']) => found);
  return {
    ticks: all(/text-anchor="middle">([^<]*)<\/text>/g).filter((text) => !['seconds', 'ms'].includes(text)),
    lines: all(/class="line[^>]* d="([^"]*)"/g),
    dots: all(/class="point[^>]* d="([^"]*)"/g),
  };
}

describe('a chart', () => {
  it.each([
    ['one moment', [{ x: 0, y: 5 }], ['0']],
    [
      'a hundredth of a second',
      [
        { x: 0, y: 5 },
        { x: 0.01, y: 6 },
      ],
      ['0', '0.0025', '0.005', '0.0075', '0.01'],
    ],
    [
      'a little at a late time',
      [
        { x: 1000.001, y: 5 },
        { x: 1000.004, y: 6 },
      ],
      ['1000.00'],
    ],
    [
      'ten seconds',
      [
        { x: 0, y: 5 },
        { x: 10, y: 6 },
      ],
      ['0', '2.50', '5', '7.50', '10'],
    ],
  ])('of %s has no two ticks that read the same', (_what, points, ticks) => {
    expect(draw(points).ticks).toEqual(ticks);
  });

  it('shows a point without a neighbour as a dot, and only such a one', () => {
    const { lines, dots } = draw(
      [{ x: 0, y: 5 }],
      [
        { x: 0, y: 1 },
        { x: 1, y: null },
        { x: 2, y: 2 },
        { x: 3, y: 3 },
      ],
    );
    expect(dots).toEqual([expect.stringMatching(/^M[\d.]+ [\d.]+h0$/), expect.stringMatching(/^M[\d.]+ [\d.]+h0$/)]);
    expect(lines[1]?.match(/L/g)).toHaveLength(1);
  });

  it('of one moment has it in the middle', () => {
    expect(draw([{ x: 3, y: 5 }]).dots[0]).toMatch(/^M342 /);
  });
});
