/** How bad a finding is, worst first: numbers are wrong or lost; they may become so; good to know. */
export const SEVERITIES = ['error', 'warning', 'note'] as const;

/** How bad a finding is. */
export type Severity = (typeof SEVERITIES)[number];

/** One thing that is wrong with a Redis, in a person's words. */
export interface Finding {
  /** Names the kind of finding for programs; it does not change between versions. */
  readonly code: string;
  readonly severity: Severity;
  /** What is wrong, in one line. */
  readonly what: string;
  /** Why it matters. */
  readonly why: string;
  /** What to do about it. */
  readonly todo: string;
  /** Some of the keys or other things that it is about. */
  readonly examples?: readonly string[];
}

/** `1 key`, `2 keys`, `12,345 keys`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** A time in milliseconds for a person: `350 ms`, `4.2 s`, `3 min`, `2 h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

/** A number of bytes for a person: `512 bytes`, `1.5 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return counted(Math.round(bytes), 'byte');
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), 4);
  return `${(bytes / 1000 ** power).toFixed(1)} ${['', 'kB', 'MB', 'GB', 'TB'][power] ?? ''}`;
}

const MAX_KEY_CHARACTERS = 120;

/** A key as text, cut where it is long. */
export function shownKey(key: Uint8Array): string {
  const text = Buffer.from(key).toString('utf8');
  return text.length > MAX_KEY_CHARACTERS ? `${text.slice(0, MAX_KEY_CHARACTERS)}…` : text;
}
