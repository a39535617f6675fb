import type { CommandEnvironment } from '@redmeter/experiment';
import type { ReleaseEvent } from '../record/release-record.js';
import type { ReleaseOptions } from './release-files.js';

/** Prints the events of a rollout: text lines on a terminal, JSON lines in a pipe. */
export function eventPrinter(
  { json }: Pick<ReleaseOptions, 'json'>,
  environment: CommandEnvironment,
  candidate: string,
): (event: ReleaseEvent) => void {
  const isForMachine = json ?? !process.stdout.isTTY;
  return (event) =>
    environment.writeOut(`${isForMachine ? JSON.stringify({ ...event, candidate }) : eventLine(event, candidate)}\n`);
}

/** One event as a line for people. */
export function eventLine({ time, event, weight, reason }: ReleaseEvent, candidate: string | undefined): string {
  const where = weight === undefined || candidate === undefined ? '' : `${candidate} at ${weight} %: `;
  return `${time}  ${where}${event}${reason === undefined ? '' : ` (${reason})`}`;
}
