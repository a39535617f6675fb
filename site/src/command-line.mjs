// The reference of the command lines: what --help says of each command.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { root } from './pages.mjs';

/** @returns {Promise<string>} the page as Markdown */
export async function commandLinePage() {
  const parts = [
    '# Command lines',
    '`redmeter` runs experiments, releases and the A/B/n service. `redmeter-exporter` is the native exporter.',
    ...(await redmeter([])),
    '## redmeter-exporter',
    block(exporterHelp()),
  ];
  return `${parts.join('\n\n')}\n`;
}

/**
 * A command and those below it, in one process: a process for each takes half a minute.
 * @param {readonly string[]} words
 * @returns {Promise<string[]>}
 */
async function redmeter(words) {
  const { runProgram } = await import('../../packages/experiment/dist/cli/program.js');
  /** @type {unknown} */
  const read = JSON.parse(readFileSync(`${root}packages/experiment/package.json`, 'utf8'));
  const { version } = /** @type {{ version: string }} */ (read);
  let help = '';
  const code = await runProgram([...words, '--help'], version, {
    workingFolder: root,
    variables: {},
    writeOut: (/** @type {string} */ text) => {
      help += text;
    },
    writeError: (/** @type {string} */ text) => {
      help += text;
    },
    isErrorTerminal: false,
    signal: new AbortController().signal,
  });
  const name = ['redmeter', ...words].join(' ');
  if (code !== 0) throw new Error(`${name} --help: expected 0, got ${code}: ${help}`);
  const [, list = ''] = /\nCommands:\n((?: .*\n)+)/.exec(help) ?? [];
  const commands = [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, command = '']) => command);
  const below = await Promise.all(
    commands.filter((command) => command !== 'help').map((command) => redmeter([...words, command])),
  );
  return [`${'#'.repeat(Math.min(2 + words.length, 4))} ${name}`, block(help), ...below.flat()];
}

function exporterHelp() {
  const program = `${root}exporter/bin/redmeter-exporter.mjs`;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--help'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`redmeter-exporter --help: expected 0, got ${status}: ${stderr}`);
  return stdout;
}

/** @param {string} text */
const block = (text) => `\`\`\`text\n${text.trim()}\n\`\`\``;
