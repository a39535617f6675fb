// The script of the HTML report: draws each chart from the data in its figure.
import type { ChartData } from '../../src/report/charts/chart.js';
import { drawChart } from './draw-chart.js';
import { connectLegend } from './legend.js';
import { connectReadout } from './readout.js';

for (const figure of document.querySelectorAll<HTMLElement>('figure.chart')) {
  const plot = figure.querySelector<HTMLElement>('.plot');
  const json = figure.querySelector('script')?.textContent;
  if (plot === null || json === undefined) continue;
  const data = JSON.parse(json) as ChartData;
  const chart = drawChart(plot, data);
  connectLegend(figure, chart);
  connectReadout(figure, plot, chart, data);
  // Colours are those of the page: light or dark, screen or paper.
  for (const query of ['(prefers-color-scheme: dark)', 'print'])
    matchMedia(query).addEventListener('change', () => chart.redraw());
  new ResizeObserver(() => {
    if (plot.clientWidth > 0 && plot.clientWidth !== chart.width)
      chart.setSize({ width: plot.clientWidth, height: chart.height });
  }).observe(plot);
}
