import { summarizeResult, summaryLines, type ResultSummary } from '../report/result-summary.js';
import { ExperimentError, messageOf } from '../experiment-error.js';
import type { ExperimentResult } from '../result/experiment-result.js';
import type { NotifyInput } from '../spec/notify-input.js';
import { fillTemplate } from '../template/fill-template.js';
import { withoutCredentials } from '../spec/url-credentials.js';
import { Secrets } from './secrets.js';
import { fetchNamedUrl } from './spec-content.js';
import type { TaskContext } from './task-context.js';

const DEFAULT_TIMEOUT_MS = 10_000;
const GITHUB_API = 'https://api.github.com';

type Message = {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

/**
 * Sends a notification about the experiment.
 *
 * @returns why the message was not delivered, if `softFailure` lets the run continue.
 * @throws ExperimentError `task_failed` otherwise; no message of it holds a URL or a header, since those hold secrets.
 */
export async function notify(
  input: NotifyInput,
  soFar: ExperimentResult,
  context: TaskContext,
): Promise<string | undefined> {
  const secrets = new Secrets(context.environment);
  try {
    await send(await messageFor(input, summarizeResult(soFar), secrets, context), input, context);
    return undefined;
  } catch (cause) {
    context.signal.throwIfAborted();
    const reason = secrets.redact(messageOf(cause));
    if (input.softFailure === true) return reason;
    throw new ExperimentError('task_failed', reason, { cause });
  }
}

async function messageFor(
  input: NotifyInput,
  summary: ResultSummary,
  secrets: Secrets,
  context: TaskContext,
): Promise<Message> {
  const headers = secrets.expandAll(input.headers ?? {});
  const lines = summaryLines(summary);
  switch (input.format) {
    case 'slack':
      return json(urlOf(input, secrets), headers, { text: lines.join('\n') });
    case 'github-dispatch': {
      const { owner = '', repo = '', eventType = 'redmeter' } = input;
      const body = { event_type: eventType, client_payload: summary };
      return json(
        `${githubRepository(input, owner, repo)}/dispatches`,
        { ...githubHeaders(input, secrets), ...headers },
        body,
      );
    }
    case 'github-pull-request': {
      const { owner = '', repo = '', title, head, base = 'main' } = input;
      const body = {
        title,
        head,
        base,
        body: lines.map((line, index) => (index === 0 ? `**${line}**\n` : `- ${line}`)).join('\n'),
      };
      return json(
        `${githubRepository(input, owner, repo)}/pulls`,
        { ...githubHeaders(input, secrets), ...headers },
        body,
      );
    }
    case undefined: {
      const template = await templateOf(input, secrets, context);
      const body = template === undefined ? undefined : fillTemplate(template, { Report: summary, Summary: summary });
      return {
        url: urlOf(input, secrets),
        method: input.method ?? (body === undefined ? 'GET' : 'POST'),
        headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body }),
      };
    }
  }
}

async function send(message: Message, input: NotifyInput, context: TaskContext): Promise<void> {
  const { method, headers, body } = message;
  const timeoutMs = input.timeout ?? DEFAULT_TIMEOUT_MS;
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  try {
    const target = withoutCredentials(message.url);
    response = await fetch(target.url, {
      method,
      headers: { ...target.headers, ...headers },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.any([context.signal, timeout]),
    });
  } catch (error) {
    if (timeout.aborted)
      throw new Error(`expected a response within ${timeoutMs / 1000} s, got none`, { cause: error });
    const cause: unknown = error instanceof Error ? error.cause : undefined;
    throw new Error(
      `expected the message to be delivered, got ${cause === undefined ? 'an invalid URL' : messageOf(cause)}`,
      { cause: error },
    );
  }
  await response.body?.cancel();
  if (!response.ok) throw new Error(`expected the message to be accepted, got status ${response.status}`);
}

async function templateOf(
  { payloadTemplate, payloadTemplateURL }: NotifyInput,
  secrets: Secrets,
  { signal }: TaskContext,
): Promise<string | undefined> {
  if (payloadTemplateURL === undefined) return payloadTemplate;
  return (await fetchNamedUrl('payloadTemplateURL', secrets.expand(payloadTemplateURL), signal)).toString();
}

function urlOf(input: NotifyInput, secrets: Secrets): string {
  const expanded = secrets.expand(input.url ?? '');
  if (input.params === undefined || !URL.canParse(expanded)) return expanded;
  const url = new URL(expanded);
  for (const [name, value] of Object.entries(input.params)) url.searchParams.append(name, secrets.expand(value));
  return url.href;
}

function json(url: string, headers: Readonly<Record<string, string>>, body: unknown): Message {
  return {
    url,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

function githubRepository(input: NotifyInput, owner: string, repo: string): string {
  return `${input.url ?? GITHUB_API}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}`;
}

function githubHeaders(input: NotifyInput, secrets: Secrets): Record<string, string> {
  return {
    Accept: 'application/vnd.github+json',
    'X-GitHub-Api-Version': '2022-11-28',
    'User-Agent': 'redmeter',
    Authorization: secrets.expand(`Bearer \${${input.tokenFrom ?? 'GITHUB_TOKEN'}}`),
  };
}
