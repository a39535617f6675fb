export { startLocalStack, type LocalStackOptions, type Stack } from './local-stack.js';
export { partNames, portVariables, type PartName, type Ports } from './part-name.js';
export { StackError, type StackErrorCode } from './stack-error.js';
