/** What a chart is drawn in: the colours of the page as they are now. */
export function colour(name: 'text' | 'soft' | 'line' | 'card' | 'bad' | `s${number}`): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
