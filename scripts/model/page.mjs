// Writes the results into docs/model.md, between its markers.
import { PROPERTIES } from './runs.mjs';
import { readTrace } from './trace.mjs';

/** @typedef {{ readonly run: import('./runs.mjs').Run, readonly result: import('./checker.mjs').Result }} Checked */

/** The page with these results. @param {string} page @param {readonly Checked[]} checked @param {string} version of the checker */
export function withResults(page, checked, version) {
  const of = (/** @type {string} */ kind) => checked.filter(({ run }) => run.kind === kind);
  /** @type {Readonly<Record<string, string>>} */
  const sections = {
    states: [
      `With spin ${version}:`,
      '',
      ...table(['faults', 'late requests', 'states', 'what happens'], of('protocol').map(stateRow)),
    ].join('\n'),
    guards: of('guard').map(traceSection).join('\n\n'),
    limits: of('limit').map(traceSection).join('\n\n'),
  };
  return Object.entries(sections).reduce((text, [name, content]) => {
    const [start, end] = [`<!-- generated: ${name} -->`, '<!-- end -->'];
    const from = text.indexOf(start);
    const to = text.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`docs/model.md: expected "${start}" and then "${end}", got neither`);
    return `${text.slice(0, from)}${start}\n\n${content}\n\n${text.slice(to)}`;
  }, page);
}

/** The version of the checker that the page was written with. @param {string} page */
export function versionOf(page) {
  return /^With spin (\S+):$/m.exec(page)?.[1];
}

/** @param {Checked} checked */
function stateRow({ run, result }) {
  return [String(run.faults), String(run.late), result.states.toLocaleString('en-US'), run.text];
}

/** @param {Checked} checked */
function traceSection({ run, result }) {
  const heading = `### ${run.name[0]?.toUpperCase() ?? ''}${run.name.slice(1)}`;
  if (result.outcome !== 'failed') return [heading, '', run.text, '', 'No failure was found.'].join('\n');
  const { steps, property } = readTrace(result.events);
  const rows = steps.map(({ event, ledger, mark, data, flushed, lost, inDoubt }) => [
    event,
    ...[ledger, mark, data, String(flushed), String(lost), String(inDoubt)],
  ]);
  return [
    ...[heading, '', run.text, ''],
    ...table(['step', 'ledger', 'mark', 'batches in Redis', 'flushed', 'lost', 'in doubt'], rows),
    ...['', `Broken: ${PROPERTIES[property] ?? ''}`],
  ].join('\n');
}

/** A table as Prettier writes it. @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
export function table(head, rows) {
  const widths = head.map((cell, i) => Math.max(cell.length, 3, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}
