import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A comment as GitHub's API gives it. */
type Comment = { id: number; body: string; user: { type: string } };

/** The part of GitHub's REST API that comments on issues, for one repository and token. */
export type GitHubApi = {
  readonly url: string;
  readonly comments: Comment[];
  /** Answers every write with 403, as to the token of a pull request from a fork. */
  mayOnlyRead: boolean;
  close(): Promise<void>;
};

export async function startGitHubApi(repository: string, token: string): Promise<GitHubApi> {
  const comments: Comment[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, answer } = answerTo(
        request.method ?? '',
        new URL(request.url ?? '', 'http://localhost'),
        request.headers.authorization,
        Buffer.concat(chunks).toString(),
      );
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer));
    });
  });
  function answerTo(
    method: string,
    { pathname, searchParams }: URL,
    authorization: string | undefined,
    body: string,
  ): { readonly status: number; readonly answer: unknown } {
    const issues = `/repos/${repository}/issues`;
    if (authorization !== `Bearer ${token}`) return { status: 401, answer: { message: 'Bad credentials' } };
    if (method !== 'GET' && api.mayOnlyRead) {
      return { status: 403, answer: { message: 'Resource not accessible by integration' } };
    }
    if (method === 'GET' && pathname === `${issues}/7/comments`) {
      const size = Number(searchParams.get('per_page') ?? 30);
      const first = (Number(searchParams.get('page') ?? 1) - 1) * size;
      return { status: 200, answer: comments.slice(first, first + size) };
    }
    if (method === 'POST' && pathname === `${issues}/7/comments`) {
      const comment = { id: 1000 + comments.length, ...(JSON.parse(body) as { body: string }), user: { type: 'Bot' } };
      comments.push(comment);
      return { status: 201, answer: comment };
    }
    const comment = comments.find(({ id }) => pathname === `${issues}/comments/${id}`);
    if (method === 'PATCH' && comment !== undefined) {
      return { status: 200, answer: Object.assign(comment, JSON.parse(body)) };
    }
    return { status: 404, answer: { message: 'Not Found' } };
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const api: GitHubApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    comments,
    mayOnlyRead: false,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return api;
}
