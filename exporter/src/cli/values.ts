import { InvalidArgumentError } from 'commander';

/** Words separated by commas or spaces. */
export function parseNames(text: string): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== '');
}

/** A whole number. @throws InvalidArgumentError outside of these limits */
export function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`a whole number from ${min} to ${max}`);
    return value;
  };
}

/** Seconds up to an hour, as milliseconds. @throws InvalidArgumentError outside of these limits */
export function secondsFrom(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+(?:\.\d+)?$/.test(text) || value < min || value > 3600) {
      throw new InvalidArgumentError(`seconds from ${min} to 3600`);
    }
    return value * 1000;
  };
}
