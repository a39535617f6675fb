import type { ReportRow } from './report-content.js';
import { visibleText } from './visible-text.js';

/** A table of plain text: names right-aligned before a bar, values after it, a line between rows, as the founding documents show it. */
export function textTable(title: string, columns: readonly string[], rows: readonly ReportRow[]): string {
  const lines = [{ name: title, cells: columns }, ...rows].map(({ name, cells }) => ({
    name: visibleText(name),
    cells: cells.map(visibleText),
  }));
  const nameWidth = Math.max(28, ...lines.map(({ name }) => name.length)) + 1;
  const columnCount = Math.max(1, ...lines.map(({ cells }) => cells.length));
  const widths = Array.from({ length: columnCount }, (_, column) =>
    Math.max(5, ...lines.map(({ cells }) => (cells[column] ?? '').length)),
  );
  const rule = `${'-'.repeat(nameWidth)}|${widths.map((width) => '-'.repeat(width)).join('|')}`;
  const text = lines.map(({ name, cells }) => {
    const padded = cells.map((cell, column) => (column < cells.length - 1 ? cell.padEnd(widths[column] ?? 0) : cell));
    return `${name.padStart(nameWidth)}|${padded.join('|')}`;
  });
  return `${[rule, ...text.flatMap((line) => [line, rule])].join('\n')}\n`;
}
