import { beforeEach, expect, it } from '@jest/globals';
import { makeCommandFolder, type CommandFolder } from './command-run.js';

let folder: CommandFolder;

beforeEach(() => {
  folder = makeCommandFolder();
});

it('lists the commands that other packages bring', async () => {
  expect((await folder.run('--help')).out).toMatch(/^ {2}serve .*gRPC/m);
});

it('loads the package of the command that is called', async () => {
  expect(await folder.run('serve', '--help')).toMatchObject({
    code: 0,
    out: expect.stringContaining('--http <host:port>') as unknown,
  });
});

it("reports an error of that package in one line, with the package's exit code", async () => {
  expect(await folder.run('serve', '--http', 'nowhere')).toEqual({
    code: 2,
    out: '',
    err: expect.stringMatching(/^redmeter: --http: expected host:port, .*got "nowhere"\n$/) as unknown,
  });
});
