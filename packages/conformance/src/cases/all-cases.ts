import type { ConformanceCase } from './conformance-case.js';
import { connectionCases } from './connection-cases.js';
import { contentCases } from './content-cases.js';
import { dataLossCases } from './data-loss-cases.js';
import { endCases } from './end-cases.js';
import { errorReplyCases } from './error-reply-cases.js';
import { exemplarCases } from './exemplar-cases.js';
import { gaugeCases } from './gauge-cases.js';
import { identityCases } from './identity-cases.js';
import { nativeCases } from './native-cases.js';
import { nativeWriterCases } from './native-writer-cases.js';
import { refusalCases } from './refusal-cases.js';

/** All cases, in the order in which they are reported. */
export const ALL_CASES: readonly ConformanceCase[] = [
  ...contentCases,
  ...gaugeCases,
  ...nativeCases,
  ...exemplarCases,
  ...nativeWriterCases,
  ...refusalCases,
  ...connectionCases,
  ...errorReplyCases,
  ...dataLossCases,
  ...identityCases,
  ...endCases,
];
