import type { BackendMetric, BackendQuery } from '../backends/backend-template.js';
import type { BackendAnswer } from '../backends/http-backend.js';
import type { JqValue } from '../backends/jq-value.js';
import { isRedisUrl } from './metric-scope.js';
import { isSecretName } from './secret-name.js';
import type { Secrets } from './secrets.js';

const SHOWN_ANSWER_CHARACTERS = 600;
const SHOWN_BODY_CHARACTERS = 2000;
const READ_CHARACTERS = 100_000;

/** How a metric of a back end came by its value. */
export type MetricAccount = {
  readonly name: string;
  readonly version: number;
  readonly query: BackendQuery;
  readonly metric: BackendMetric;
  readonly answer: BackendAnswer;
  readonly found: JqValue;
};

// Headers that hold no secret by their nature.
const SHOWN_HEADERS = new Set(['accept', 'accept-encoding', 'accept-language', 'content-type', 'user-agent']);

const HIDDEN = '***';

/**
 * Shows the request to a back end, its shortened response, and the value found in it. Values from the environment are redacted
 * everywhere; so are user and password of the URL, values of headers, and values under the name of a secret in the URL's query, in
 * the body and in the answer.
 */
export function explainMetric(
  { name, version, query, metric, answer, found }: MetricAccount,
  secrets: Secrets,
): string {
  const lines = [
    `${name}, version ${version}`,
    ...requestLines(query, metric, secrets),
    ...answerLines(answer, secrets),
    ...labelled('jq', secrets.redactWidely(metric.jqExpression)),
    ...labelled(found.kind === 'failed' ? 'no value' : 'found', secrets.redactWidely(foundText(found))),
  ];
  return `${lines.join('\n')}\n`;
}

function requestLines(query: BackendQuery, metric: BackendMetric, secrets: Secrets): string[] {
  if (isRedisUrl(query.url)) return labelled('read', shownUrl(query.url, [], secrets));
  const headers = Object.entries(query.headers).map(
    ([header, value]) => `${header}: ${SHOWN_HEADERS.has(header.toLowerCase()) ? value : HIDDEN}`,
  );
  return [
    ...labelled('asked', `${query.method} ${shownUrl(query.url, metric.params ?? [], secrets)}`),
    ...headers.flatMap((header) => labelled('header', secrets.redactWidely(header))),
    ...(metric.body === undefined ? [] : labelled('body', shownText(metric.body, secrets, SHOWN_BODY_CHARACTERS))),
  ];
}

/** A URL that can be read: its query is not percent-encoded. */
function shownUrl(
  given: string,
  params: readonly { readonly name: string; readonly value: string }[],
  secrets: Secrets,
): string {
  const url = new URL(given);
  const all = [...url.searchParams, ...params.map(({ name, value }) => [name, value] as const)];
  const query = all.map(([name, value]) => `${name}=${isSecretName(name) ? HIDDEN : value}`).join('&');
  // A path may hold a key, but only one from the environment is known to.
  return secrets.redactWidely(`${url.protocol}//${url.host}${url.pathname}${query === '' ? '' : `?${query}`}`);
}

function answerLines(answer: BackendAnswer, secrets: Secrets): string[] {
  if (answer.kind === 'failed') return labelled('answer', secrets.redactWidely(answer.reason));
  return labelled('answer', shownText(answer.json, secrets, SHOWN_ANSWER_CHARACTERS));
}

function shownText(text: string, secrets: Secrets, most: number): string {
  // Far more than is shown, whatever is blotted out of it.
  const shown = secrets
    .redactWidely(withoutNamedSecrets(text.slice(0, READ_CHARACTERS)))
    .replace(/\s+/g, ' ')
    .trim();
  const characters = Array.from(shown);
  if (characters.length <= most && text.length <= READ_CHARACTERS) return shown;
  return `${characters.slice(0, most).join('')}… (${text.length} characters in all)`;
}

// In the forms of JSON, of JSON within a JSON string, and of a form.
const NAMED_VALUES = [
  /("([^"\\]*)"\s*:\s*)(?:"(?:[^"\\]|\\.)*"|[^\s,{}[\]"]+)/g,
  /(\\"([^"\\]*)\\"\s*:\s*)(?:\\"[^"\\]*\\"|[^\s,{}[\]"\\]+)/g,
  /(([\w.-]+)=)[^&\s"']+/g,
];

function withoutNamedSecrets(text: string): string {
  return NAMED_VALUES.reduce(
    (shown, pattern) =>
      shown.replace(pattern, (whole, upToValue: string, name: string) =>
        isSecretName(name) ? `${upToValue}${HIDDEN}` : whole,
      ),
    text,
  );
}

function foundText(found: JqValue): string {
  switch (found.kind) {
    case 'failed':
      return found.reason;
    case 'value':
      return String(found.value);
    case 'observed':
      return JSON.stringify(found.observed.sample);
  }
}

function labelled(label: string, text: string): string[] {
  return [`  ${label.padEnd(8)} ${text}`];
}
