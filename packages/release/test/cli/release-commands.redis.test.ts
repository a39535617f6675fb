import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '@redmeter/test-servers';
import { temporaryFolder, useRedisServer } from '@redmeter/test-servers/jest';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ask } from '../gateway/http-client.js';
import { startVersion, type VersionServer } from '../gateway/version-server.js';
import { release, startRelease, type CommandProcess } from './release-process.js';

const DEADLINE_MS = 60_000;

const server = useRedisServer();

describe.each(['embedded', 'redis'])('redmeter release, with the %s store', (implementation) => {
  let folder: string;
  let port: number;
  let variables: Record<string, string>;
  let versions: VersionServer[];

  beforeEach(async () => {
    folder = temporaryFolder();
    port = await freePort();
    versions = await Promise.all(['v1', 'v2'].map(startVersion));
    await (await server.connect()).flushall();
    variables = {
      METRICS_IMPLEMENTATION: implementation,
      METRICS_REDIS_ADDRESS: server.url,
      METRICS_EMBEDDED_FOLDER: join(folder, 'store'),
    };
  });
  afterEach(async () => {
    await release(folder, variables, 'stop', 'shop');
    for (const version of versions) await version.stop();
  });

  /** Writes the release. @param requests Of the load on the candidate at each look: 400 decide about it, 1 does not, however often it looks. */
  async function write(requests: number, rest = ''): Promise<void> {
    const [one, other] = versions;
    await writeFile(
      join(folder, 'release.yaml'),
      `application: shop
gateway: { nginx: { listen: 127.0.0.1:${port}, folder: gate } }
versions:
  - { name: v1, url: '${one?.url ?? ''}' }
  - { name: v2, url: '${other?.url ?? ''}' }
rollout:
  candidate: v2
  steps: [10, 50, 100]
  interval: 300ms
  deadline: 1h
  ${rest}
  judge:
    - task: http
      with: { url: '${other?.url ?? ''}', numRequests: ${requests}, qps: 0 }
    - task: assess
      with: { SLOs: { upper: [{ metric: http/error-rate, limit: ${requests > 1 ? 0.3 : 0.0001}, confidence: 0.9 }] } }
`,
    );
  }

  const bodies = async (times: number): Promise<Set<string>> => {
    const seen = new Set<string>();
    for (let count = 0; count < times; count += 1) seen.add((await ask(`http://127.0.0.1:${port}/`)).body);
    return seen;
  };
  const eventsOf = (lines: readonly string[]): { event: string; weight?: number; reason?: string }[] =>
    lines.map((line) => JSON.parse(line) as { event: string });
  const namesOf = (lines: readonly string[]): string[] =>
    eventsOf(lines).map(({ event, weight }) => `${event} ${weight ?? ''}`);

  it('plans, applies, rolls a good candidate out and says how it stands', async () => {
    await write(400);
    const planned = await release(folder, variables, 'plan');
    expect(planned.out).toContain('+ share of v1: 100 %\n');
    expect(await release(folder, variables, 'status', 'shop')).toMatchObject({
      code: 2,
      error: expect.stringContaining('got "shop"'),
    });
    expect(await release(folder, variables, 'apply')).toMatchObject({ code: 0, error: '' });
    expect(await bodies(30)).toEqual(new Set(['v1']));
    expect((await release(folder, variables, 'plan')).out).toMatch(/^no changes\n/);

    const run = await release(folder, variables, 'run');
    const steps = namesOf(run.out.trim().split('\n')).filter((name) => !name.startsWith('inconclusive'));
    expect([run.code, steps]).toEqual([
      0,
      ['step 10', 'satisfied 10', 'step 50', 'satisfied 50', 'step 100', 'promoted 100'],
    ]);
    expect(await bodies(30)).toEqual(new Set(['v2']));
    const status = await release(folder, variables, 'status', '--json');
    expect([status.code, JSON.parse(status.out)]).toMatchObject([
      0,
      {
        isAsWanted: true,
        rollout: { candidate: 'v2', state: { phase: 'promoted' } },
        satisfiedPlan: { versions: [{ share: 0 }, { share: 10_000 }] },
      },
    ]);
    expect((await release(folder, variables, 'history', 'shop')).out).toMatch(
      / applied\n[^]* v2 at 10 %: step\n[^]* v2 at 100 %: promoted\n$/,
    );
    // It is there already: nothing begins again.
    expect(await release(folder, variables, 'run')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/"promoted"/),
    });
    expect(await bodies(10)).toEqual(new Set(['v2']));
  }, 300_000);

  it('goes on after kill -9, at the step where it was, and one alone carries it out', async () => {
    await write(1);
    const first = startRelease(folder, variables, 'run');
    await printed(first, 'inconclusive');
    const second = await release(folder, variables, 'run');
    expect([second.code, second.out, second.error]).toEqual([
      3,
      '',
      expect.stringMatching(
        /^redmeter: expected no other process to run the release of shop, got process \d+ on .+\n$/,
      ),
    ]);
    first.kill('SIGKILL');
    expect((await first.ended).signal).toBe('SIGKILL');
    // Nobody who carries it out: users stay where they were.
    expect(await bodies(120)).toEqual(new Set(['v1', 'v2']));
    const third = startRelease(folder, variables, 'run');
    await printed(third, 'inconclusive');
    expect(namesOf(third.lines()).every((name) => name === 'inconclusive 10')).toBe(true);
    third.kill('SIGINT');
    expect((await third.ended).code).toBe(3);

    const history = JSON.parse((await release(folder, variables, 'history', '--json')).out) as { event: string }[];
    expect(history.filter(({ event }) => event === 'step')).toHaveLength(1);
  }, 300_000);

  it('is promoted or aborted by another process, while it runs and after a crash, with nothing but the store', async () => {
    await write(1);
    const run = startRelease(folder, variables, 'run');
    await printed(run, 'step');
    expect((await release(folder, variables, 'abort', 'shop')).code).toBe(0);
    expect(await bodies(60)).toEqual(new Set(['v1']));
    expect(await run.ended).toMatchObject({ code: 1, out: expect.stringMatching(/"rolled back".*abort by hand/) });

    const again = startRelease(folder, variables, 'run');
    await printed(again, 'step');
    again.kill('SIGKILL');
    await again.ended;
    await rm(join(folder, 'release.yaml'));
    expect((await release(folder, variables, 'abort', 'shop')).code).toBe(0);
    expect(await bodies(60)).toEqual(new Set(['v1']));
    expect(await release(folder, variables, 'promote', 'shop')).toMatchObject({
      code: 2,
      error: expect.stringContaining('rolled back'),
    });

    await write(1);
    const last = startRelease(folder, variables, 'run');
    await printed(last, 'step');
    expect((await release(folder, variables, 'promote')).code).toBe(0);
    expect((await last.ended).code).toBe(0);
    expect(await bodies(20)).toEqual(new Set(['v2']));
  }, 300_000);

  it('holds at the deadline when data decide nothing, rolls back when there are none, and goes on after a hold', async () => {
    await write(1, '');
    await writeFile(
      join(folder, 'release.yaml'),
      (await readFile(join(folder, 'release.yaml'), 'utf8')).replace('1h', '1s'),
    );
    const held = await release(folder, variables, 'run');
    expect([held.code, namesOf(held.out.trim().split('\n')).at(-1)]).toEqual([1, 'held 10']);
    expect(eventsOf(held.out.trim().split('\n')).at(-1)?.reason).toMatch(
      /^no verdict within the deadline: expected http\/error-rate at most 0\.0001, got 0: /,
    );
    expect(await bodies(120)).toEqual(new Set(['v1', 'v2']));
    await versions[1]?.stop();
    await writeFile(
      join(folder, 'release.yaml'),
      (await readFile(join(folder, 'release.yaml'), 'utf8')).replace(
        /numRequests: 1, qps: 0/,
        'numRequests: 1, qps: 0, payloadFile: none',
      ),
    );
    const rolledBack = await release(folder, variables, 'run');
    expect([rolledBack.code, namesOf(rolledBack.out.trim().split('\n')).at(-1)]).toEqual([1, 'rolled back 0']);
    expect(await bodies(20)).toEqual(new Set(['v1']));
  }, 300_000);

  async function printed(run: CommandProcess, event: string): Promise<void> {
    const deadlineMs = performance.now() + DEADLINE_MS;
    while (!run.lines().some((line) => line.includes(`"event":"${event}"`))) {
      if (performance.now() > deadlineMs)
        throw new Error(`expected it to print ${event}, got ${run.lines().join('\n')}`);
      await wait(20);
    }
  }
});
