// Writes the report of an experiment as a comment of its pull request: a new one, or the one of an earlier run with this name.
// NAME, PULL_REQUEST, REPORT (a file), TOKEN; GITHUB_API_URL and GITHUB_REPOSITORY as GitHub Actions sets them.
import { readFileSync } from 'node:fs';

const { NAME, PULL_REQUEST, REPORT, TOKEN, GITHUB_API_URL, GITHUB_REPOSITORY } = process.env;
/** GitHub takes 65,536 characters. */
const MAX_CHARACTERS = 65_000;
const marker = `<!-- redmeter experiment: ${NAME} -->`;

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function ask(method, path, body) {
  const response = await fetch(`${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/issues/${path}`, {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      'x-github-api-version': '2022-11-28',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  if (response.ok) return response;
  const text = await response.text();
  throw Object.assign(new Error(`${method} ${path}: GitHub answered ${response.status}: ${text.slice(0, 300)}`), {
    status: response.status,
  });
}

/** The comment of an earlier run, if there is one. Somebody else's comment that quotes the marker is not taken for it. */
async function earlierComment() {
  for (let page = 1; ; page += 1) {
    const response = await ask('GET', `${PULL_REQUEST}/comments?per_page=100&page=${page}`);
    /** @type {unknown} */
    const answer = await response.json();
    const comments = /** @type {{ id: number, body?: string, user?: { type?: string } }[]} */ (answer);
    const found = comments.find(({ body, user }) => user?.type === 'Bot' && body?.startsWith(marker));
    if (found !== undefined || comments.length < 100) return found;
  }
}

/** @param {string} text */
function shortened(text) {
  if (text.length <= MAX_CHARACTERS) return text;
  const end = text.lastIndexOf('\n', MAX_CHARACTERS);
  return `${text.slice(0, end)}\n\nThe report is cut here. The summary of the job has all of it.\n`;
}

try {
  const body = shortened(`${marker}\n${readFileSync(REPORT ?? '', 'utf8')}`);
  const earlier = await earlierComment();
  await (earlier === undefined
    ? ask('POST', `${PULL_REQUEST}/comments`, { body })
    : ask('PATCH', `comments/${earlier.id}`, { body }));
} catch (error) {
  // The token of a pull request from a fork may only read.
  const mayOnlyRead = error instanceof Error && 'status' in error && error.status === 403;
  const message = String(error).replace(/\s+/g, ' ').replaceAll('%', '%25');
  console.log(
    `::${mayOnlyRead ? 'warning' : 'error'}::no comment: ${message}; the report is in the summary of the job`,
  );
  if (!mayOnlyRead) process.exitCode = 1;
}
