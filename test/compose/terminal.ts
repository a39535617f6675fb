import { spawn } from 'node:child_process';

const cursorQuestion = '\u001b[6n';
const cursorAnswer = '\u001b[24;80R';

/**
 * Types lines into a command at a terminal, each when `prompt` stands there, and returns all that the terminal showed.
 * `script` gives it a terminal; redis-cli asks that where the cursor is, to find the width, and waits for an answer.
 * @throws Error when the command does not end within `timeoutMs`
 */
export async function typeAtTerminal(
  command: string,
  lines: readonly string[],
  options: {
    readonly prompt: RegExp;
    readonly env: NodeJS.ProcessEnv;
    readonly cwd: string;
    readonly timeoutMs: number;
  },
): Promise<string> {
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
    cwd: options.cwd,
    env: options.env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const toType = [...lines];
  let shown = '';
  let sincePrompt = '';
  child.stdout.on('data', (chunk: Buffer) => {
    let text = chunk.toString();
    while (text.includes(cursorQuestion)) {
      text = text.replace(cursorQuestion, '');
      child.stdin.write(cursorAnswer);
    }
    shown += text;
    sincePrompt += text;
    const next = options.prompt.test(sincePrompt) ? toType.shift() : undefined;
    if (next === undefined) return;
    sincePrompt = '';
    child.stdin.write(`${next}\r`);
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill();
      reject(new Error(`${command} did not end; the terminal showed:\n${shown}`));
    }, options.timeoutMs);
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(timer);
      resolve(shown);
    });
  });
}
