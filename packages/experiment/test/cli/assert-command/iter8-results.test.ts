import { beforeEach, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCommandFolder, type CommandFolder } from '../command-run.js';

// Files that Iter8 0.11.16 and 0.13.18 wrote, with the exit code of its own `assert -c completed -c nofailure -c slos`.
const FIXTURES = join(__dirname, '../../fixtures/iter8-results');
// Iter8 lets `slos` hold where no SLO was judged; here nothing is satisfied that nobody judged.
const JUDGED_NOTHING = ['dur-i11', 'dur-i13', 'noslo-i13'];

let folder: CommandFolder;
beforeEach(() => {
  folder = makeCommandFolder();
});

describe.each(readdirSync(FIXTURES))('the result of real Iter8 in %s', (name) => {
  const read = (file: string): string => readFileSync(join(FIXTURES, name, file), 'utf8');
  const saidCode = Number(/exits (\d)/.exec(read('iter8-says.txt'))?.[1]);

  it('is judged as Iter8 judged it', async () => {
    await folder.write('experiment.yaml', read('experiment.yaml'));
    const { code, err } = await folder.run('assert', '-c', 'completed', '-c', 'nofailure', '-c', 'slos');
    const isJudged = !JUDGED_NOTHING.includes(name);
    expect(code).toBe(isJudged ? saidCode : 1);
    const note = 'redmeter: slos: no SLO was judged, so none is satisfied (Iter8 counts them as satisfied)\n';
    expect(err).toBe(isJudged && name !== 'runfail-i11' ? '' : note);
    const judged = await folder.run('assert', '-c', 'completed,nofailure');
    expect(judged.code).toBe(name === 'runfail-i11' ? 1 : 0);
  });

  it.each(['text', 'html', 'markdown', 'junit'])('is reported as %s', async (form) => {
    await folder.write('experiment.yaml', read('experiment.yaml'));
    expect(await folder.run('report', '-o', form)).toMatchObject({ code: 0, err: '' });
  });
});
