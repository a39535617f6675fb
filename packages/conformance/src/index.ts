export { ALL_CASES } from './cases/all-cases.js';
export { CHECKED_IN_EVERY_CASE, type ConformanceCase } from './cases/conformance-case.js';
export { runCommand, type CommandOutput } from './cli/run-command.js';
export type { Finding, RequirementId } from './requirement.js';
export type { CaseResult, ConformanceResult } from './report/case-result.js';
export { runCases } from './run-cases.js';
export { startKitServer } from './scene/stage.js';
