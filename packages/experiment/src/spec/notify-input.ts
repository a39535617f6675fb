import { z } from 'zod';
import { durationMs } from './duration-schema.js';
import { httpUrl } from './url-schema.js';
import { writtenText } from './written-text.js';

const name = z.string().min(1);

// What each ready-made message needs, and one without.
const REQUIRED = {
  none: ['url'],
  slack: ['url'],
  'github-dispatch': ['owner', 'repo'],
  'github-pull-request': ['owner', 'repo', 'title', 'head'],
} as const;
const MEANING = {
  url: 'the URL to send to',
  owner: 'the owner of a repository',
  repo: 'the name of a repository',
  title: 'the title of the pull request',
  head: 'the branch to merge',
} as const;

/** The inputs of the task that sends notifications about the experiment. */
export const notifySchema = z
  .strictObject({
    url: name.describe('URL to send the message to; for GitHub the API, https://api.github.com if not set.').optional(),
    format: z
      .enum(['slack', 'github-dispatch', 'github-pull-request'])
      .describe('Built-in message: for a Slack webhook, a repository dispatch, or a new pull request.')
      .optional(),
    method: z
      .enum(['GET', 'POST', 'PUT', 'PATCH'])
      .describe('HTTP method; if not set, GET, or POST with a payload.')
      .optional(),
    params: z.record(z.string(), writtenText).describe('Query parameters.').optional(),
    headers: z.record(z.string(), writtenText).describe('Request headers.').optional(),
    payloadTemplate: z.string().describe('Template of the body, with .Report and .Summary.').optional(),
    payloadTemplateURL: httpUrl.describe('URL to fetch the template from.').optional(),
    softFailure: z
      .boolean()
      .describe('Continue when the message cannot be delivered.')
      .meta({ default: false })
      .optional(),
    timeout: durationMs.describe('How long to wait for a response.').meta({ default: '10s' }).optional(),
    owner: name.describe('GitHub: owner of the repository.').optional(),
    repo: name.describe('GitHub: name of the repository.').optional(),
    tokenFrom: name
      .describe('GitHub: environment variable that holds the token.')
      .meta({ default: 'GITHUB_TOKEN' })
      .optional(),
    eventType: name.describe('GitHub dispatch: type of the event.').meta({ default: 'redmeter' }).optional(),
    title: name.describe('GitHub pull request: title.').optional(),
    head: name.describe('GitHub pull request: branch to merge.').optional(),
    base: name.describe('GitHub pull request: branch to merge into.').meta({ default: 'main' }).optional(),
  })
  .superRefine((input, context) => {
    for (const field of REQUIRED[input.format ?? 'none']) {
      if (input[field] === undefined) context.addIssue({ code: 'custom', path: [field], message: MEANING[field] });
    }
  })
  .meta({
    anyOf: Object.entries(REQUIRED).map(([format, fields]) =>
      format === 'none'
        ? { not: { required: ['format'] }, required: fields }
        : { properties: { format: { const: format } }, required: ['format', ...fields] },
    ),
  });

/** The inputs, validated. */
export type NotifyInput = z.output<typeof notifySchema>;
