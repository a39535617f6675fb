import { z } from 'zod';
import { ExperimentError, messageOf } from '../experiment-error.js';
import { describeProblem, problemsOf } from '../spec/schema-problems.js';
import { parseSource } from '../spec/source-document.js';
import { fillTemplate, type TemplateValues } from '../spec/text-template.js';

const nameAndValue = z.array(z.strictObject({ name: z.string().min(1), value: z.coerce.string<string | number>() }));

const templateSchema = z.strictObject({
  provider: z.string().min(1).optional(),
  url: z.string().refine((text) => URL.canParse(text) && /^(?:https?|rediss?):/.test(text), {
    error: 'an http://, https://, redis:// or rediss:// URL',
  }),
  method: z.enum(['GET', 'POST']).optional(),
  headers: z.union([nameAndValue, z.record(z.string(), z.coerce.string<string | number>())]).optional(),
  basicAuth: z.strictObject({ username: z.string(), password: z.string() }).optional(),
  metrics: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        type: z.enum(['counter', 'gauge', 'Counter', 'Gauge']).optional(),
        description: z.string().optional(),
        units: z.string().optional(),
        params: nameAndValue.optional(),
        body: z.string().optional(),
        jqExpression: z.string().min(1),
      }),
    )
    .min(1),
});

/** One metric that a back end is asked for. */
export type BackendMetric = z.output<typeof templateSchema>['metrics'][number];

/** What a back end is asked, and how. */
export type BackendQuery = {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly metrics: readonly BackendMetric[];
};

/**
 * Fills in a template and reads what results.
 *
 * @throws ExperimentError `task_failed` naming the template's place and what was expected.
 */
export function readBackendTemplate(text: string, file: string, values: TemplateValues): BackendQuery {
  let filled: string;
  try {
    filled = fillTemplate(text, values);
  } catch (cause) {
    throw new ExperimentError('task_failed', `${file}: ${messageOf(cause)}`, { cause });
  }
  const source = parseSource(filled, file);
  const parsed = templateSchema.safeParse(source.value);
  if (!parsed.success) {
    const problems = problemsOf(source, [], parsed.error, () => []);
    throw new ExperimentError('task_failed', problems.map(describeProblem).join('; '), { cause: parsed.error });
  }
  const { url, method = 'GET', headers = {}, basicAuth, metrics } = parsed.data;
  const given = Array.isArray(headers) ? Object.fromEntries(headers.map(({ name, value }) => [name, value])) : headers;
  const authorization =
    basicAuth === undefined
      ? {}
      : { Authorization: `Basic ${Buffer.from(`${basicAuth.username}:${basicAuth.password}`).toString('base64')}` };
  return { url, method, headers: { ...given, ...authorization }, metrics };
}
