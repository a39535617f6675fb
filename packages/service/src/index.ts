export { addCommands } from './cli/serve-command.js';
