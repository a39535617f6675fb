import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SHIPPED_TEMPLATES, shippedTemplatePath } from '../backends/shipped-templates.js';
import { ExperimentError, messageOf } from '../experiment-error.js';
import type { CollectMetricsInput } from '../spec/collect-metrics-input.js';
import { nearestName } from '../spec/nearest-name.js';
import { isHttpUrl } from '../spec/url-schema.js';
import type { Secrets } from './secrets.js';
import { fetchNamedUrl, shownUrl } from './spec-content.js';
import type { TaskContext } from './task-context.js';

/** A template of a back end, not filled in. */
export type MetricTemplate = { readonly provider: string; readonly file: string; readonly text: string };

/** The part of the context that finds templates. */
export type TemplatePlace = Pick<TaskContext, 'runFolder' | 'signal'>;

/** Reads the templates that a task names. @throws ExperimentError `task_failed` */
export async function readTemplates(
  input: CollectMetricsInput,
  secrets: Secrets,
  context: TemplatePlace,
): Promise<MetricTemplate[]> {
  const sources = [
    ...Object.entries(secrets.expandAll(input.templates ?? {})),
    ...(input.providers ?? []).map((provider) => [provider, `${provider}.metrics.yaml`] as const),
  ];
  return Promise.all(
    sources.map(async ([provider, place]) => ({
      provider,
      file: isHttpUrl(place) ? shownUrl(place) : place,
      text: await readTemplate(provider, place, context),
    })),
  );
}

async function readTemplate(provider: string, place: string, { runFolder, signal }: TemplatePlace): Promise<string> {
  if (isHttpUrl(place)) return (await fetchNamedUrl(`templates.${provider}`, place, signal)).toString();
  try {
    return await readFile(
      SHIPPED_TEMPLATES.includes(place) ? shippedTemplatePath(place) : resolve(runFolder, place),
      'utf8',
    );
  } catch (cause) {
    const nearest = nearestName(place, SHIPPED_TEMPLATES);
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    throw new ExperimentError(
      'task_failed',
      `expected the template ${place}, a file, a URL or one of ${SHIPPED_TEMPLATES.join(', ')}, got ${messageOf(cause)}${hint}`,
      { cause },
    );
  }
}
