import { beforeEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeCommandFolder, type CommandFolder } from '../cli/command-run.js';

let folder: CommandFolder;
beforeEach(() => {
  folder = makeCommandFolder();
});

describe('a script', () => {
  it('is over when it ends, not when what it left in the background does', async () => {
    await folder.write('experiment.yaml', '- run: sleep 600 & echo $! > pid; echo started\n- run: echo next\n');
    const { code, err } = await folder.run('run');
    process.kill(Number(await readFile(join(folder.path, 'pid'), 'utf8')));
    expect([code, err]).toEqual([0, expect.stringMatching(/started\n.*\nnext\n/)]);
  });

  it('reports all output before it is over', async () => {
    await folder.write('experiment.yaml', '- run: seq 50000\n- run: echo next\n');
    expect((await folder.run('run')).err).toMatch(/\n50000\ntask 2/);
  });

  it('may print half a character', async () => {
    await folder.write('experiment.yaml', "- run: printf '\\342\\202'; sleep 0.3; printf '\\254\\n'\n");
    expect((await folder.run('run')).err).toBe('task 1/1: run\n€\n');
  });
});
