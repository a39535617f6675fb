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

/** The inputs of the task that tells others how the experiment stands. */
export const notifySchema = z
  .strictObject({
    url: name
      .describe(
        'Where to send it; ${NAME} is taken from the environment, here and in params, headers and payloadTemplateURL. For GitHub: the API, https://api.github.com by default.',
      )
      .optional(),
    format: z
      .enum(['slack', 'github-dispatch', 'github-pull-request'])
      .describe('A ready-made message: to a Slack webhook, a repository dispatch, or a new pull request.')
      .optional(),
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH']).describe('GET by default, POST with a payload.').optional(),
    params: z.record(z.string(), writtenText).describe('Parameters of the query.').optional(),
    headers: z.record(z.string(), writtenText).optional(),
    payloadTemplate: z
      .string()
      .describe('The body, in which {{ .Report | toPrettyJson }} is the report and {{ .Summary.… }} its parts.')
      .optional(),
    payloadTemplateURL: httpUrl.describe('Where the template of the body is fetched from.').optional(),
    softFailure: z.boolean().describe('Go on when the message cannot be delivered; false by default.').optional(),
    timeout: durationMs.describe('How long to wait for an answer; 10s by default.').optional(),
    owner: name.describe('GitHub: the owner of the repository.').optional(),
    repo: name.describe('GitHub: the repository.').optional(),
    tokenFrom: name
      .describe('GitHub: the environment variable that holds the token; GITHUB_TOKEN by default.')
      .optional(),
    eventType: name.describe('GitHub dispatch: the type of the event; redmeter by default.').optional(),
    title: name.describe('GitHub pull request: its title.').optional(),
    head: name.describe('GitHub pull request: the branch to merge.').optional(),
    base: name.describe('GitHub pull request: the branch to merge into; main by default.').optional(),
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
