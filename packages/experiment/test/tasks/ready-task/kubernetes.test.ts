import { beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { makeCommandFolder, type CommandFolder } from '../../cli/command-run.js';

let folder: CommandFolder;
let programs: CommandFolder;
beforeEach(() => {
  programs = makeCommandFolder();
  folder = makeCommandFolder({
    PATH: [programs.path, process.env['PATH']].join(delimiter),
    KUBECONFIG: 'the/config',
  });
});

async function writeStub(script: string): Promise<void> {
  await programs.write('kubectl', script);
  await chmod(join(programs.path, 'kubectl'), 0o755);
}

/** An object as `kubectl get --output json` prints it. */
const deployment = (...conditions: { type: string; status: string; reason?: string }[]): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop', namespace: 'prod', generation: 1 },
    spec: { replicas: 1 },
    status: { observedGeneration: 1, conditions: conditions.map((given) => ({ message: 'm', ...given })) },
  });
const notFound = 'Error from server (NotFound): deployments.apps "shop" not found';

/** Answers as the real kubectl does, each call with the next of these, the last ones with the last; calls are recorded. */
async function answerWith(...answers: { out?: string; err?: string; code?: number }[]): Promise<void> {
  const cases = answers.map(({ out = '', err = '', code = 0 }, index) => {
    const pattern = index === answers.length - 1 ? '*' : String(index + 1);
    return `${pattern}) printf '%s' '${out}'; printf '%s' '${err}' >&2; exit ${code};;`;
  });
  await writeStub(`#!/bin/sh
echo "$KUBECONFIG: $*" >> '${join(folder.path, 'calls')}'
case $(wc -l < '${join(folder.path, 'calls')}' | tr -d ' ') in
${cases.join('\n')}
esac
`);
}

async function ready(inputs: string): Promise<{ code: number; err: string; calls: string[] }> {
  await folder.write('experiment.yaml', `- task: ready\n  with: ${inputs}\n`);
  const { code, err } = await folder.run('run');
  const calls = await readFile(join(folder.path, 'calls'), 'utf8').catch(() => '');
  return { code, err, calls: calls.split('\n').filter((line) => line !== '') };
}

describe('ready, for an object in Kubernetes', () => {
  it('waits until it exists, and until its conditions are true', async () => {
    await answerWith(
      { err: notFound, code: 1 },
      { out: deployment() },
      { out: deployment({ type: 'Available', status: 'False' }, { type: 'Progressing', status: 'True' }) },
      { out: deployment({ type: 'Available', status: 'True' }, { type: 'Progressing', status: 'True' }) },
    );
    const { code, calls } = await ready(
      '{group: apps, version: v1, resource: deployments, namespace: prod, name: shop, conditions: [Progressing, available], timeout: 60s}',
    );
    expect(code).toBe(0);
    expect(calls).toEqual(new Array(4).fill('the/config: get deployments.v1.apps shop --namespace prod --output json'));
  });

  it.each([
    ['{resource: pods, name: shop}', 'get pods shop --output json'],
    ['{resource: pods, version: v1, name: shop}', 'get pods.v1. shop --output json'],
    [
      '{resource: services, group: serving.knative.dev, name: shop}',
      'get services.serving.knative.dev shop --output json',
    ],
  ])('is enough with existence: %s', async (inputs, call) => {
    await answerWith({ out: JSON.stringify({ metadata: { name: 'shop' } }) });
    expect(await ready(inputs)).toMatchObject({ code: 0, calls: [`the/config: ${call}`] });
  });

  it.each([
    ['is not there', { err: notFound, code: 1 }, notFound],
    ['has no such condition', { out: deployment() }, 'no condition Available'],
    [
      'is not available',
      { out: deployment({ type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' }) },
      'condition Available False (MinimumReplicasUnavailable)',
    ],
    ['cannot be read', { out: 'not JSON' }, 'a reply of kubectl that is not an object'],
  ])('fails when time is up and it %s', async (_what, answer, reason) => {
    await answerWith(answer);
    const { code, err } = await ready('{resource: deployments, name: shop, condition: Available, timeout: 4s}');
    expect([code, err]).toEqual([
      3,
      expect.stringContaining(`expected deployments/shop to be ready within 4 s, got ${reason}`),
    ]);
  });

  it('fails when time is up and kubectl hangs', async () => {
    await writeStub('#!/bin/sh\nexec sleep 600\n');
    const { code, err } = await ready('{resource: pods, name: shop, timeout: 500ms}');
    expect([code, err]).toEqual([3, expect.stringContaining('within 0.5 s, got no reply of kubectl')]);
  });

  it('fails at once where kubectl is missing, or is not set up', async () => {
    const inputs = '{resource: pods, name: shop, timeout: 600s}';
    const without = makeCommandFolder({ PATH: join(folder.path, 'empty') });
    await without.write('experiment.yaml', `- task: ready\n  with: ${inputs}\n`);
    const missing = await without.run('run');
    expect([missing.code, missing.err]).toEqual([
      3,
      expect.stringContaining('resource: expected kubectl on PATH, found none'),
    ]);
    const line = 'The connection to the server localhost:8080 was refused - did you specify the right host or port?';
    await answerWith({ err: `E1120 memcache.go:265] couldn t get current server API group list\n${line}\n`, code: 1 });
    const { code, err, calls } = await ready(inputs);
    expect([code, calls.length]).toEqual([3, 1]);
    expect(err).toContain(
      `resource: expected kubectl to be set up for a cluster (kubectl config get-contexts lists them), got ${line}`,
    );
  });

  it.each([
    ['{resource: pods}', 'name: expected the name of the object'],
    ['{url: "http://a", name: shop}', 'name: expected no name without a resource of Kubernetes'],
    ['{resource: pods, name: "--all"}', 'name: expected the name of an object'],
  ])('is refused before the run: %s', async (inputs, message) => {
    const { code, err } = await ready(inputs);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});
