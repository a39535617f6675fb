import { z } from 'zod';
import { ExperimentError, messageOf } from '../experiment-error.js';
import { withKnownCase } from '../spec/field-case.js';
import { describeKind, describeProblem, problemsOf } from '../spec/schema-problems.js';
import { parseSource, type SourceDocument } from '../spec/source-document.js';
import { fillTemplate, type TemplateValues } from '../template/fill-template.js';
import { basicAuthorization, withoutCredentials } from '../spec/url-credentials.js';
import { writtenText } from '../spec/written-text.js';

const nameAndValue = z.array(z.strictObject({ name: z.string().min(1), value: writtenText }));

const templateSchema = z.strictObject({
  provider: z.string().min(1).optional(),
  over: z.enum(['run', 'total']).optional(),
  url: z.string().refine((text) => URL.canParse(text) && /^(?:https?|rediss?):/.test(text), {
    error: 'an http://, https://, redis:// or rediss:// URL',
  }),
  method: z.enum(['GET', 'POST']).optional(),
  headers: z.union([nameAndValue, z.record(z.string(), writtenText)]).optional(),
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

/** What counters and histograms of a back end count: the run, of a version its part; or all that was ever counted. */
export type MetricScope = 'run' | 'total';

/** What a back end is asked, and how; an HTTP URL holds no credentials. */
export type BackendQuery = {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** Whether its answers count the run alone, so that loops add up, or what was ever counted; undefined where the template does not say. */
  readonly over?: MetricScope;
  readonly metrics: readonly BackendMetric[];
};

/**
 * Fills in a template and reads what results.
 *
 * @throws ExperimentError `task_failed` naming the template's place and what was expected, but no value, which may be a secret.
 */
export function readBackendTemplate(text: string, file: string, values: TemplateValues): BackendQuery {
  let filled: string;
  try {
    filled = fillTemplate(text, values);
  } catch (cause) {
    throw new ExperimentError('task_failed', `${file}: ${messageOf(cause)}`, { cause });
  }
  const written = parseFilled(filled, file);
  const { value, problems: twice } = withKnownCase(written, [], written.value, templateSchema);
  if (twice.length > 0) throw new ExperimentError('task_failed', twice.map(describeProblem).join('; '));
  const source = { ...written, value };
  const parsed = templateSchema.safeParse(value);
  if (!parsed.success) {
    const problems = problemsOf(source, [], parsed.error, () => [], {
      describe: describeKind,
      showsKey: (key) => text.includes(key),
    });
    throw new ExperimentError('task_failed', problems.map(describeProblem).join('; '), { cause: parsed.error });
  }
  const { url, method = 'GET', headers = {}, basicAuth, over, metrics } = parsed.data;
  const scope = over === undefined ? {} : { over };
  const given = Array.isArray(headers) ? Object.fromEntries(headers.map(({ name, value }) => [name, value])) : headers;
  const authorization =
    basicAuth === undefined ? {} : { Authorization: basicAuthorization(basicAuth.username, basicAuth.password) };
  // ioredis accepts user and password in the URL.
  if (!url.startsWith('http')) return { url, method, headers: {}, ...scope, metrics };
  const target = withoutCredentials(url);
  return {
    url: target.url.href,
    method,
    headers: { ...target.headers, ...given, ...authorization },
    ...scope,
    metrics,
  };
}

// A message of a YAML parser may contain a part of a value that was filled in.
function parseFilled(filled: string, file: string): SourceDocument {
  try {
    return parseSource(filled, file);
  } catch (cause) {
    const place = /^.*?:\d+:\d+(?=: )/s.exec(messageOf(cause))?.[0] ?? file;
    throw new ExperimentError(
      'task_failed',
      `${place}: expected YAML once filled in; {{ .name | quote }} fills in any text`,
      {
        cause,
      },
    );
  }
}
