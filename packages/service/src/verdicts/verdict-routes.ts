import { z } from 'zod';
import { problemSchema } from '../http/failure-answer.js';
import type { Route, RouteResponse } from '../http/route.js';
import { checkedQuestion, flaggerQuestion, flaggerSchema, questionSchema } from './verdict-body.js';
import type { Verdicts } from './verdict.js';

const answerSchema = z.strictObject({
  verdict: z.enum(['satisfied', 'violated', 'inconclusive', 'missing']).meta({
    description:
      'satisfied: all SLOs are; violated: one is; inconclusive: more data are needed; missing: there are no data.',
  }),
  reason: z.string().optional().meta({ description: 'Why it is not satisfied: what was expected, and what was got.' }),
});

const refusals: Readonly<Record<number, RouteResponse>> = {
  400: { description: 'The request has not the form that is expected.', schema: problemSchema },
  404: { description: 'No such application, or no such result.', schema: problemSchema },
  503: { description: 'The store does not answer, or too many ask at once.', schema: problemSchema },
};

/** Verdicts at /v1, for what moves traffic. */
export function verdictRoutes(verdicts: Verdicts): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/verdicts',
      operationId: 'judge',
      summary: 'Whether a version satisfies its SLOs',
      tag: 'verdicts',
      body: questionSchema,
      responses: { 200: { description: 'The verdict, whatever it is.', schema: answerSchema }, ...refusals },
      async answer({ body }) {
        const { kind, ...rest } = await verdicts.of(checkedQuestion(body));
        return { status: 200, json: { verdict: kind, ...rest } };
      },
    },
    {
      method: 'POST',
      path: '/v1/verdicts/flagger',
      operationId: 'judgeForFlagger',
      summary: 'The same for a webhook of Flagger, which reads the status alone',
      tag: 'verdicts',
      body: flaggerSchema,
      responses: {
        200: { description: 'The version passes.', schema: answerSchema },
        412: { description: 'It does not.', schema: answerSchema },
        ...refusals,
      },
      async answer({ body }) {
        const { question, pass } = flaggerQuestion(body);
        const { kind, ...rest } = await verdicts.of(question);
        const isPassed = kind === 'satisfied' || (pass === 'not violated' && kind !== 'violated');
        return { status: isPassed ? 200 : 412, json: { verdict: kind, ...rest } };
      },
    },
  ];
}
