import { expect, it } from '@jest/globals';
import { openSync } from 'node:fs';
import { once } from 'node:events';
import { startCommand } from '../command-process.js';

async function ended(child: ReturnType<typeof startCommand>): Promise<{ code: unknown; err: string }> {
  let err = '';
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, 'close')) as unknown[];
  return { code, err };
}

it('does not mind a reader that has seen enough', async () => {
  const child = startCommand(['--help']);
  child.stdout?.destroy();
  expect(await ended(child)).toEqual({ code: 0, err: '' });
});

it('reports in one line that its output cannot be written', async () => {
  const child = startCommand(['--help'], openSync('/dev/full', 'w'));
  expect(await ended(child)).toEqual({
    code: 3,
    err: expect.stringMatching(/^redmeter: unexpected error: ENOSPC.*\n$/),
  });
});
