export { checkout, readCheckoutSettings } from './checkout.js';
export { ensurePrograms } from './cli/needed-programs.js';
export { buildRedisExporter } from './install/go-tool.js';
export { startLocalStack, type LocalStackOptions, type Stack } from './local-stack.js';
export { partNames, portVariables, type PartName, type Ports } from './part-name.js';
export { findProgram, type ProgramName } from './program.js';
export type { Settings } from './settings.js';
export { StackError, type StackErrorCode } from './stack-error.js';
export { alignedColumns } from './table.js';
