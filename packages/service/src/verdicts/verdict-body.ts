import { assessSchema, parseSource } from '@redmeter/experiment';
import { z } from 'zod';
import { checkedBody } from '../http/checked-body.js';
import { soughtSchema } from '../http/name-schema.js';
import { ServiceError } from '../service-error.js';

const version = soughtSchema('The version that is judged, such as a canary.', 'v2');

const ofApplication = z.strictObject({
  application: soughtSchema('The name of an application whose versions are set.', 'shop'),
  version,
  SLOs: assessSchema.shape.SLOs.unwrap(),
  looks: assessSchema.shape.looks
    .unwrap()
    .meta({ description: 'About how many times the verdict is asked for while data grow; default: 10.' })
    .optional(),
});
const ofResult = z.strictObject({
  result: soughtSchema('The name of a result in the metrics store, such as that of a Job.', 'default/checkout-1'),
  version: version.optional(),
});

/** A question for a verdict: SLOs on the A/B/n metrics of a version, or a result that is stored. */
export const questionSchema = z.union([ofApplication, ofResult]);

/** A question for a verdict, in its form. */
export type VerdictQuestion = z.output<typeof questionSchema>;

/** What Flagger sends to a webhook; all of `metadata` is text. */
export const flaggerSchema = z.object({
  name: z.string().meta({ description: 'The name of the Canary.' }),
  namespace: z.string().meta({ description: 'Its namespace.' }),
  phase: z.string().optional(),
  metadata: z.record(z.string(), z.string()).meta({
    description:
      'The question, as text: `application`, `version`, `SLOs` in YAML, `looks`; or `result`, `version`. `pass`: `satisfied` (default), or `not violated`, which passes without a decision, too.',
  }),
});

/** What passes. */
export type PassRule = 'satisfied' | 'not violated';

/** Reads the question in the webhook of Flagger. @throws ServiceError `invalid_request` */
export function flaggerQuestion(body: unknown): { readonly question: VerdictQuestion; readonly pass: PassRule } {
  const { pass = 'satisfied', SLOs, looks, ...texts } = checkedBody(flaggerSchema, body).metadata;
  if (pass !== 'satisfied' && pass !== 'not violated') {
    throw new ServiceError('invalid_request', `metadata.pass: expected satisfied or not violated, got ${pass}`);
  }
  const question = checkedQuestion({
    ...texts,
    ...(SLOs === undefined ? {} : { SLOs: parseSource(SLOs, 'metadata.SLOs').value }),
    ...(looks === undefined ? {} : { looks: Number(looks) }),
  });
  return { question, pass };
}

/** Reads a question. @throws ServiceError `invalid_request` with the first field that is wrong */
export function checkedQuestion(body: unknown): VerdictQuestion {
  // A union says only that no member fits; the member that is meant says what is wrong.
  const isResult = typeof body === 'object' && body !== null && 'result' in body;
  return isResult ? checkedBody(ofResult, body) : checkedBody(ofApplication, body);
}
