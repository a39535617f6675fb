import { Argument, type Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'];
const DESCRIPTION = 'print a completion script for a shell';

/**
 * Adds `redmeter completion <shell>`, which prints a script for that shell, and the hidden `complete` that the script asks
 * at each Tab. What answers them is loaded only when `argv` calls one of them.
 */
export async function addCompletion(program: Command, argv: readonly string[]): Promise<void> {
  if (argv[0] !== 'completion' && argv[0] !== 'complete') {
    program.command('completion').description(DESCRIPTION).addArgument(new Argument('<shell>').choices(SHELLS));
    return;
  }
  const { default: addTab } = await import('@bomb.sh/tab/commander');
  const { ASSERT_CONDITIONS } = await import('./assert-condition.js');
  const { shippedSamples } = await import('./hub-command.js');
  const completion = addTab(program, { completionCommandName: 'completion' });
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description(DESCRIPTION)
    .addHelpText(
      'after',
      '\nExamples:\n  source <(redmeter completion bash)\n  redmeter completion fish > ~/.config/fish/completions/redmeter.fish\n',
    );
  const suggest = (command: string, option: string, values: readonly string[]): void => {
    const found = completion.commands.get(command)?.options.get(option);
    if (found === undefined) throw new Error(`expected the option --${option} of ${command}, found none`);
    found.handler = (complete) => values.forEach((value) => complete(value, ''));
  };
  suggest('hub', 'experiment', await shippedSamples());
  suggest('assert', 'condition', ASSERT_CONDITIONS);
}
