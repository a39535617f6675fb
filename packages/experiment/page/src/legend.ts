import type uPlot from 'uplot';

/** Each button of the legend shows and hides its series. */
export function connectLegend(figure: HTMLElement, chart: uPlot): void {
  figure.querySelectorAll<HTMLButtonElement>('.legend button').forEach((button, index) => {
    button.addEventListener('click', () => {
      const show = button.getAttribute('aria-pressed') !== 'true';
      button.setAttribute('aria-pressed', String(show));
      chart.setSeries(index + 1, { show });
    });
  });
}
