import { z } from 'zod';
import { durationMs } from './duration-schema.js';
import { httpUrl } from './url-schema.js';

const name = z.string().min(1);

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
    params: z
      .record(z.string(), z.coerce.string<string | number | boolean>())
      .describe('Parameters of the query.')
      .optional(),
    headers: z.record(z.string(), z.coerce.string<string | number | boolean>()).optional(),
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
    const require = (fields: readonly (keyof typeof input)[], why: string): void => {
      for (const field of fields) {
        if (input[field] === undefined) context.addIssue({ code: 'custom', path: [field], message: why });
      }
    };
    if (input.format === undefined || input.format === 'slack') require(['url'], 'the URL to send to');
    if (input.format === 'github-dispatch') require(['owner', 'repo'], 'the owner and the name of a repository');
    if (input.format === 'github-pull-request')
      require(['owner', 'repo', 'title', 'head'], 'owner, repo, title and head');
  });

/** The inputs, validated. */
export type NotifyInput = z.output<typeof notifySchema>;
