import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { makeCommandFolder, type CommandFolder } from '../command-run.js';
import { startHttpServer, type HttpTestServer } from '../../servers/http-test-server.js';

let folder: CommandFolder;
let server: HttpTestServer;
beforeEach(async () => {
  folder = makeCommandFolder({ API_TOKEN: 'env-t0ken', DB_PASSWORD: 'un-us3d-secret' });
  // An answer that repeats secrets, and is longer than what is shown.
  server = await startHttpServer((_request, response) =>
    response.end(
      JSON.stringify({
        value: 42,
        echo: 'env-t0ken',
        seen: 'un-us3d-secret',
        password: 'answer-secret',
        rest: 'x'.repeat(3000),
      }),
    ),
  );
  await folder.write(
    'shop.tpl',
    `url: ${server.url.replace('//', '//user:url-passw0rd@')}/query?api_key=query-secret&team=web
method: POST
headers:
  Authorization: Bearer {{ .token }}
  X-Team: header-secret
  Content-Type: application/json
metrics:
  - name: answers
    params: [{name: window, value: 5m}, {name: access_token, value: "{{ .token }}"}]
    body: '{"query": "up", "secret": "body-secret", "again": "{{ .token }}"}'
    jqExpression: .value
  - name: missing
    jqExpression: .nothing.at | tonumber
`,
  );
  await folder.write(
    'experiment.yaml',
    "- task: collect-metrics\n  with: {templates: {shop: shop.tpl}, values: {token: '${API_TOKEN}'}}\n",
  );
});
afterEach(async () => {
  await server.close();
});

it('run --verbose shows request, answer and value of each metric of a back end, and no secret', async () => {
  const { code, err } = await folder.run('run', '--verbose');
  expect([code, err]).toEqual([0, expect.any(String)]);
  expect(err).toContain('shop/answers, version 0');
  expect(err).toMatch(/POST http:\/\/127\.0\.0\.1:\d+\/query\?api_key=\*\*\*&team=web&window=5m&access_token=\*\*\*\n/);
  expect(err).toMatch(/header +Content-Type: application\/json/);
  expect(err).toMatch(/body +\{"query": "up", "secret": \*\*\*, "again": "\*\*\*"\}/);
  expect(err).toMatch(/answer +\{"value":42,.*x… \(\d+ characters in all\)\n/);
  expect(err).toMatch(/jq +\.value\n +found +42\n/);
  expect(err).toMatch(/jq +\.nothing\.at \| tonumber\n +no value expected jq to evaluate/);
  for (const secret of [
    'env-t0ken',
    'un-us3d-secret',
    'url-passw0rd',
    'query-secret',
    'header-secret',
    'body-secret',
    'answer-secret',
  ])
    expect(err).not.toContain(secret);
  expect(err).not.toContain(Buffer.from('user:url-passw0rd').toString('base64'));
});

it('run prints no requests without --verbose', async () => {
  expect((await folder.run('run')).err).not.toContain('shop/answers');
});
