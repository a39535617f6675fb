import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { makeCommandFolder, type CommandFolder } from '../cli/command-run.js';
import { startHttpServer, type HttpTestServer } from '../servers/http-test-server.js';

let folder: CommandFolder;
let server: HttpTestServer;
let status: number;
let isSilent: boolean;
let template: string;
let received: {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}[];

beforeEach(async () => {
  received = [];
  status = 200;
  isSilent = false;
  template = '';
  folder = makeCommandFolder({ HOOK_SECRET: 'T0P-s3cret', GITHUB_TOKEN: 'ghp_T0P-s3cret' });
  server = await startHttpServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ method: request.method, url: request.url, headers: request.headers, body });
      // No answer at all: the client's time-out must end it.
      if (isSilent && request.url === '/hook') return;
      response.statusCode = status;
      response.end(request.url === '/template?key=T0P-s3cret' ? template : '');
    });
  });
});

afterEach(async () => {
  await server.close();
});

/** Runs a load, its verdict and one notify task; nothing that is printed or stored may hold a secret. */
async function notifyWith(inputs: string): Promise<{ code: number; err: string; stored: string }> {
  await folder.write(
    'experiment.yaml',
    `- task: http
  with: {url: "${server.url}/load", qps: 0, numRequests: 5}
- task: assess
  with: {SLOs: [{metric: built-in/error-count, upperLimit: 0}]}
- task: notify
  with: ${inputs}
`,
  );
  const { code, err } = await folder.run('run');
  const stored = await readFile(join(folder.path, 'result.yaml'), 'utf8');
  const report = await folder.run('report');
  expect(stored + err + report.out).not.toContain('T0P-s3cret');
  received = received.filter(({ url }) => url !== '/load');
  return { code, err, stored };
}

describe('notify', () => {
  it('calls a webhook with a template of the author, secrets from the environment', async () => {
    const { code } = await notifyWith(
      `{url: "${server.url}/hook", params: {key: "\${HOOK_SECRET}"}, headers: {X-Token: "\${HOOK_SECRET}"}, payloadTemplate: '{"ok": {{ .Summary.slosSatisfied }}, "report": {{ .Report | toPrettyJson }}}'}`,
    );
    expect(code).toBe(0);
    expect(received[0]).toMatchObject({
      method: 'POST',
      url: '/hook?key=T0P-s3cret',
      headers: { 'x-token': 'T0P-s3cret' },
    });
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({
      ok: true,
      report: { failure: false, numTasks: 3, slos: [{ slo: 'built-in/error-count <= 0', verdict: 'satisfied' }] },
    });
  });

  it('without a payload is a GET', async () => {
    await notifyWith(`{url: "${server.url}/ping"}`);
    expect(received[0]).toMatchObject({ method: 'GET', url: '/ping', body: '' });
  });

  it.each(['PUT', 'PATCH', 'POST'])('sends by %s when asked, with a payload or without', async (method) => {
    await notifyWith(`{url: "${server.url}/hook", method: ${method}, payloadTemplate: "{}"}`);
    await notifyWith(`{url: "${server.url}/hook", method: ${method}}`);
    expect(received).toMatchObject([
      { method, url: '/hook', body: '{}' },
      { method, url: '/hook', body: '' },
    ]);
  });

  it('fetches the template of the payload', async () => {
    template = '{"state": {{ if .Summary.failure }}"failed"{{ else }}"ran"{{ end }}}';
    await notifyWith(`{url: "${server.url}/hook", payloadTemplateURL: "${server.url}/template?key=\${HOOK_SECRET}"}`);
    expect(received).toMatchObject([
      { method: 'GET', url: '/template?key=T0P-s3cret' },
      { method: 'POST', url: '/hook', body: '{"state": "ran"}', headers: { 'content-type': 'application/json' } },
    ]);
  });

  it('sends nothing when the template of the payload cannot be fetched', async () => {
    const { code, err } = await notifyWith(
      `{url: "${server.url}/hook", payloadTemplateURL: "http://127.0.0.1:1/template?key=\${HOOK_SECRET}"}`,
    );
    expect([code, err, received]).toEqual([
      3,
      expect.stringContaining('payloadTemplateURL: expected a response from http://127.0.0.1:1/template, got'),
      [],
    ]);
  });

  it('waits for an answer no longer than the timeout', async () => {
    isSilent = true;
    const { code, err } = await notifyWith(`{url: "${server.url}/hook", timeout: 300ms}`);
    expect([code, err, received.length]).toEqual([
      3,
      expect.stringContaining('expected a response within 0.3 s, got none'),
      1,
    ]);
  });

  it('sends text to Slack', async () => {
    await notifyWith(`{format: slack, url: "${server.url}/services/\${HOOK_SECRET}"}`);
    expect(received[0]).toMatchObject({ method: 'POST', url: '/services/T0P-s3cret' });
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      text: 'All SLOs are satisfied (2 of 3 tasks completed)\nbuilt-in/error-count <= 0: satisfied (version 0)',
    });
  });

  it('dispatches an event to a repository', async () => {
    await notifyWith(`{format: github-dispatch, url: "${server.url}", owner: octo, repo: shop, eventType: judged}`);
    expect(received[0]).toMatchObject({
      method: 'POST',
      url: '/repos/octo/shop/dispatches',
      headers: { authorization: 'Bearer ghp_T0P-s3cret', accept: 'application/vnd.github+json' },
    });
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({
      event_type: 'judged',
      client_payload: { slosSatisfied: true },
    });
  });

  it('opens a pull request', async () => {
    await notifyWith(
      `{format: github-pull-request, url: "${server.url}", owner: octo, repo: shop, title: Promote v2, head: v2}`,
    );
    expect(received[0]).toMatchObject({ method: 'POST', url: '/repos/octo/shop/pulls' });
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({
      title: 'Promote v2',
      head: 'v2',
      base: 'main',
      body: expect.stringContaining('**All SLOs are satisfied'),
    });
  });

  it('fails the run when it is not delivered, unless a soft failure is allowed', async () => {
    const refused = '{url: "http://127.0.0.1:1/${HOOK_SECRET}"';
    const hard = await notifyWith(`${refused}}`);
    expect([hard.code, hard.err]).toEqual([
      3,
      expect.stringMatching(/task 3 \(notify\): expected the message to be delivered, got .*/),
    ]);
    const soft = await notifyWith(`${refused}, softFailure: true}`);
    expect(soft.code).toBe(0);
    expect((await folder.run('report')).out).toContain(
      'notify failed, which the spec allows: expected the message to be delivered',
    );
    expect((await folder.run('assert', '-c', 'completed,nofailure')).code).toBe(0);
  });

  it('fails the run when the receiver refuses it', async () => {
    status = 200;
    const { code, err } = await notifyWith(`{url: "${server.url}/hook", headers: {X: "\${NOT_SET}"}}`);
    expect([code, err]).toEqual([3, expect.stringContaining('expected the environment variable NOT_SET to be set')]);
    status = 401;
    expect((await notifyWith(`{url: "${server.url}/hook"}`)).err).toContain(
      'expected the message to be accepted, got status 401',
    );
  });
});
