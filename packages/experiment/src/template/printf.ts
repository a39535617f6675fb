import { kindOf, textOf } from './template-value.js';

const VERB = /%([-+ #0]*)(\d+)?(?:\.(\d+))?([^])/g;

/** Go's Sprintf for the verbs s v d f e g q t x and %; missing or extra arguments are marked in the text, as in Go. */
export function printf(form: string, given: readonly unknown[], spend: (length: number) => void): string {
  let next = 0;
  const filled = form.replace(
    VERB,
    (_whole, flags: string, width = '0', precision: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      if (next >= given.length) return `%!${verb}(MISSING)`;
      const value = given[next];
      next += 1;
      const text = formatted(verb, value, precision, flags);
      spend(Math.max(Number(width), text.length));
      if (flags.includes('-')) return text.padEnd(Number(width));
      return text.padStart(Number(width), flags.includes('0') && typeof value === 'number' ? '0' : ' ');
    },
  );
  const extra = given.slice(next);
  return extra.length === 0
    ? filled
    : `${filled}%!(EXTRA ${extra.map((value) => `${kindOf(value)}=${textOf(value)}`).join(', ')})`;
}

function formatted(verb: string, value: unknown, precision: string | undefined, flags: string): string {
  const sign = flags.includes('+') && typeof value === 'number' && value >= 0 ? '+' : '';
  const digits = Math.min(100, Number(precision ?? 6));
  switch (verb) {
    case 's':
    case 'v':
      return precision === undefined || verb === 'v' ? textOf(value) : textOf(value).slice(0, Number(precision));
    case 'q':
      return JSON.stringify(textOf(value));
    case 't':
      return typeof value === 'boolean' ? String(value) : `%!t(${kindOf(value)}=${textOf(value)})`;
    case 'd':
      return Number.isInteger(value) ? sign + textOf(value) : `%!d(${kindOf(value)}=${textOf(value)})`;
    case 'x':
      return typeof value === 'number' ? Math.trunc(value).toString(16) : Buffer.from(textOf(value)).toString('hex');
    case 'f':
    case 'F':
      return typeof value === 'number' ? sign + value.toFixed(digits) : `%!f(${kindOf(value)}=${textOf(value)})`;
    case 'e':
      return typeof value === 'number'
        ? sign + value.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2')
        : `%!e(${kindOf(value)}=${textOf(value)})`;
    case 'g':
      return typeof value === 'number'
        ? sign + textOf(precision === undefined ? value : Number(value.toPrecision(Math.max(1, digits))))
        : `%!g(${kindOf(value)}=${textOf(value)})`;
    case 'T':
      return kindOf(value);
    default:
      return `%!${verb}(${kindOf(value)}=${textOf(value)})`;
  }
}
