import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { laneCluster, waitFor } from '@redmeter/test-servers';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ruleFor, weightsOf } from '../gateway/kubernetes/route-reader.js';
import { startNamespace, type TestNamespace } from '../gateway/kubernetes/test-cluster.js';
import { startVersion, type VersionServer } from '../gateway/version-server.js';
import { release, startRelease, type CommandEnd, type CommandProcess } from './release-process.js';

type Rule = { readonly apiGroups: string[]; readonly resources: string[]; readonly verbs: string[] };

let rules: Rule[];
let namespace: TestNamespace;
let candidate: VersionServer;
let token: string;
let variables: Record<string, string>;

beforeAll(async () => {
  const text = await readFile(join(__dirname, '../../../../configs/kubernetes/release-role.yaml'), 'utf8');
  ({ rules } = parse(text) as { rules: Rule[] });
});
beforeEach(async () => {
  namespace = await startNamespace(laneCluster());
  candidate = await startVersion('v2');
  await useRole(rules);
});
afterEach(async () => {
  await candidate.stop();
  await namespace.remove();
});

let accounts = 0;
async function useRole(given: readonly Rule[]): Promise<void> {
  const account = await namespace.accountWith(`redmeter-${(accounts += 1)}`, given);
  token = account.token;
  variables = {
    KUBECONFIG: account.kubeconfig,
    METRICS_IMPLEMENTATION: 'embedded',
    METRICS_EMBEDDED_FOLDER: join(namespace.folder, 'store'),
  };
}

/** Writes the release. @param requests Of the load on the candidate at each look: 400 decide about it, 1 does not. */
async function write(requests: number): Promise<void> {
  await writeFile(
    join(namespace.folder, 'release.yaml'),
    `application: shop
gateway: { kubernetes: { route: shop, namespace: ${namespace.name}, parentRefs: [{ name: web }] } }
versions:
  - { name: v1, service: shop-v1, port: 80 }
  - { name: v2, service: shop-v2, port: 80 }
segments:
  - { header: x-beta, equals: 'yes', version: v2 }
rollout:
  candidate: v2
  steps: [10, 33.33, 100]
  interval: 300ms
  deadline: 1h
  judge:
    - task: http
      with: { url: '${candidate.url}', numRequests: ${requests}, qps: 0 }
    - task: assess
      with: { SLOs: { upper: [{ metric: http/error-rate, limit: 0.3, confidence: 0.9 }] } }
`,
  );
}

const command = (...args: readonly string[]): Promise<CommandEnd> => release(namespace.folder, variables, ...args);
const weights = async (headers: Record<string, string> = {}): Promise<Record<string, number>> => {
  const route = await namespace.route();
  return route === undefined ? {} : weightsOf(ruleFor(route, headers));
};
const eventsOf = (run: CommandProcess): string[] =>
  run.lines().map((line) => {
    const { event, weight } = JSON.parse(line) as { event: string; weight?: number };
    return `${event} ${weight ?? ''}`;
  });
const printed = (run: CommandProcess, event: string): Promise<unknown> =>
  waitFor(() => eventsOf(run).some((each) => each.startsWith(event)), `the run prints ${event}`);

describe('redmeter release over Kubernetes, with the role that is shipped', () => {
  it('plans, applies, rolls a good candidate out by its verdicts, says how it stands, and stops', async () => {
    await write(400);
    expect((await command('plan')).out).toContain(`+ gateway: HTTPRoute ${namespace.name}/shop of Gateway web\n`);
    expect(await namespace.route()).toBeUndefined();
    const applied = await command('apply');
    expect([applied.code, applied.error, applied.out]).toEqual([
      0,
      '',
      expect.stringMatching(new RegExp(`\napplied: HTTPRoute ${namespace.name}/shop\n$`)),
    ]);
    expect((await command('plan')).out).toMatch(/^no changes\n/);

    const run = startRelease(namespace.folder, variables, 'run');
    const seen = new Set<string>();
    const over = new AbortController();
    const watching = (async (): Promise<void> => {
      while (!over.signal.aborted) seen.add(JSON.stringify(await weights()));
    })();
    const { code } = await run.ended;
    over.abort();
    await watching;
    const steps = eventsOf(run).filter((event) => !event.startsWith('inconclusive'));
    expect([code, steps]).toEqual([
      0,
      ['step 10', 'satisfied 10', 'step 33.33', 'satisfied 33.33', 'step 100', 'promoted 100'],
    ]);
    expect(await weights()).toEqual({ 'shop-v2': 10_000 });
    // Every plan was there whole: never half of one.
    for (const each of seen) {
      const shares = Object.values(JSON.parse(each) as Record<string, number>);
      expect([each, shares.reduce((sum, share) => sum + share, 0)]).toEqual([each, 10_000]);
    }

    const condition = { type: 'Accepted', status: 'True', reason: 'Accepted' };
    await namespace.reportAs('example.com/gateway', [condition]);
    const status = await command('status', 'shop');
    expect([status.code, status.out]).toEqual([
      0,
      expect.stringMatching(
        /^desired since [^]*\nactual since \d{4}-[^\n]*Z: as desired\nexample\.com\/gateway on [^\n]*: Accepted is True \(Accepted\)\nrollout of v2, [^\n]*promoted/,
      ),
    ]);
    const edited = [{ backendRefs: [{ name: 'shop-v1', port: 80 }] }];
    await namespace.applyAs('someone', { spec: { rules: edited } }, true);
    expect(await command('status')).toMatchObject({
      code: 1,
      out: expect.stringContaining('different; changes needed'),
    });
    const conflict = await command('apply');
    expect([conflict.code, conflict.error]).toEqual([3, expect.stringContaining('spec.rules owned by "someone"')]);

    expect((await command('stop')).code).toBe(0);
    await expectNoToken();
  });

  it('takes over with --force-conflicts, and only then', async () => {
    await write(400);
    await namespace.applyAs('helm', { spec: { rules: [{ backendRefs: [{ name: 'shop-v3', port: 80 }] }] } });
    expect(await command('apply')).toMatchObject({
      code: 3,
      error: expect.stringMatching(
        /^redmeter: expected the fields of the plan .* spec\.rules owned by "helm"; .* --force-conflicts\n$/,
      ),
    });
    expect((await command('status', 'shop')).code).toBe(1);
    expect((await command('apply', '--force-conflicts')).code).toBe(0);
    expect(await weights()).toEqual({ 'shop-v1': 10_000 });
  });

  it('goes on after kill -9 where it was, and is aborted with nothing but the store', async () => {
    await write(1);
    const first = startRelease(namespace.folder, variables, 'run');
    await printed(first, 'inconclusive');
    first.kill('SIGKILL');
    await first.ended;
    expect(await weights()).toEqual({ 'shop-v1': 9000, 'shop-v2': 1000 });
    expect(await weights({ 'x-beta': 'yes' })).toEqual({ 'shop-v2': 1 });

    const second = startRelease(namespace.folder, variables, 'run');
    await printed(second, 'inconclusive');
    expect(eventsOf(second).every((event) => event === 'inconclusive 10')).toBe(true);
    second.kill('SIGKILL');
    await second.ended;
    await rm(join(namespace.folder, 'release.yaml'));
    expect((await command('abort', 'shop')).code).toBe(0);
    expect(await weights()).toEqual({ 'shop-v1': 10_000 });
    expect(await weights({ 'x-beta': 'yes' })).toEqual({ 'shop-v1': 10_000 });

    await write(1);
    const third = startRelease(namespace.folder, variables, 'run');
    await printed(third, 'step');
    expect((await command('promote', 'shop')).code).toBe(0);
    expect((await third.ended).code).toBe(0);
    expect(await weights()).toEqual({ 'shop-v2': 10_000 });
    await expectNoToken();
  });

  it('rolls a candidate back whose verdict is bad', async () => {
    candidate.answer = (response) => void response.writeHead(500).end();
    await write(400);
    const run = await command('run');
    expect([run.code, run.out]).toEqual([1, expect.stringMatching(/"rolled back"/)]);
    expect(await weights()).toEqual({ 'shop-v1': 10_000 });
    expect(await weights({ 'x-beta': 'yes' })).toEqual({ 'shop-v1': 10_000 });
  });

  it('says in one line that there is no cluster', async () => {
    await write(1);
    expect(await release(namespace.folder, { ...variables, KUBECONFIG: '' }, 'plan')).toEqual({
      code: 3,
      signal: null,
      out: '',
      error:
        'redmeter: expected a kubeconfig (KUBECONFIG, ~/.kube/config) or the service account of a pod, got neither\n',
    });
  });

  async function expectNoToken(): Promise<void> {
    const store = join(namespace.folder, 'store');
    const files = await readdir(store, { recursive: true, withFileTypes: true });
    const texts = files
      .filter((file) => file.isFile())
      .map((file) => readFile(join(file.parentPath, file.name), 'utf8'));
    const outputs = [await command('status', '--json', 'shop'), await command('history', '--json', 'shop')];
    const all = [
      ...(await Promise.all(texts)),
      JSON.stringify(outputs),
      JSON.stringify(await namespace.route()),
    ].join();
    expect(all).toContain('shop-v1');
    expect(all).not.toContain(token);
  }
});

describe('the role that is shipped has nothing too much: without the right to', () => {
  const controller = 'example.com/gateway';
  const condition = { type: 'Accepted', status: 'True', reason: 'Accepted' };
  const cases: readonly (readonly [string, string, string])[] = [
    ['httproutes', 'get', 'plan'],
    ['httproutes', 'create', 'apply'],
    ['httproutes', 'patch', 'apply'],
    ['services', 'get', 'apply'],
    ['httproutes', 'watch', 'promote'],
    ['httproutes', 'delete', 'stop'],
  ];

  it('do what no case here needs, there is none', () => {
    const rights = rules.flatMap(({ resources, verbs }) =>
      resources.flatMap((one) => verbs.map((verb) => `${verb} ${one}`)),
    );
    expect(rights.sort()).toEqual(cases.map(([resource, verb]) => `${verb} ${resource}`).sort());
  });

  it.each(cases)('%s %s, "%s" is refused', async (resource, verb, refused) => {
    await write(1);
    if (refused === 'promote' || refused === 'stop') {
      const run = startRelease(namespace.folder, variables, 'run');
      await printed(run, 'step');
      run.kill('SIGKILL');
      await run.ended;
      await namespace.reportAs(controller, [condition]);
    }
    const less = rules.map((rule) =>
      rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((each) => each !== verb) } : rule,
    );
    await useRole(less.filter(({ verbs }) => verbs.length > 0));
    const { code, out, error } = await command(refused);
    expect([code === 0, out + error]).toEqual([
      false,
      expect.stringMatching(
        /expected a role that allows it, such as that of configs\/kubernetes\/release-role\.yaml, got /,
      ),
    ]);
    expect(out + error).toMatch(
      verb === 'watch' ? /Forbidden/ : new RegExp(`cannot ${verb} resource \\\\?"${resource}\\\\?"`),
    );
  });
});
