/** A release of Compose on this machine. */
export interface ComposeCommand {
  readonly release: 'v1' | 'v2';
  /** e.g. `['docker', 'compose']` */
  readonly words: readonly string[];
}

/** The releases that engine-up.ts found, v1 first. */
export function composeCommands(): ComposeCommand[] {
  const lines = (process.env['REDMETER_COMPOSE_COMMANDS'] ?? '').split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [release, ...words] = line.split(' ');
    if (release !== 'v1' && release !== 'v2') throw new Error(`expected "v1 COMMAND" or "v2 COMMAND", got "${line}"`);
    return { release, words };
  });
}

/** Whether an image of `.env` is in the engine, itself or by a stand-in. */
export function isImageAvailable(image: string): boolean {
  return !(process.env['REDMETER_UNAVAILABLE_IMAGES'] ?? '').split('\n').includes(image);
}
