// Shorter pieces of base64 are found in any text.
const MIN_BASE64_LENGTH = 6;

/**
 * What finds these secrets in a text: as they stand, percent-encoded in whole or in part (as URL does), escaped as in JSON, and in
 * base64, alone or within more (as in basic authentication). Undefined without secrets.
 */
export function secretPattern(secrets: readonly string[]): RegExp | undefined {
  if (secrets.length === 0) return undefined;
  // Of two that begin alike the longer one, or its rest would stay.
  const longestFirst = [...secrets].sort((one, other) => other.length - one.length);
  return new RegExp(longestFirst.flatMap((secret) => [plainForm(secret), ...base64Forms(secret)]).join('|'), 'gu');
}

function plainForm(secret: string): string {
  return Array.from(secret, (character) => {
    const bytes = Array.from(Buffer.from(character), (byte) => byte.toString(16).padStart(2, '0'));
    const percentEncoded = bytes.map((byte) => `%${anyCase(byte)}`).join('');
    const escaped = literal(JSON.stringify(character).slice(1, -1));
    return `(?:${[literal(character), percentEncoded, escaped, ...(character === ' ' ? ['\\+'] : [])].join('|')})`;
  }).join('');
}

// A byte may stand at each of three places of a group of three. What the bytes before and after it have a part in is not known,
// and blotted out with the rest.
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((before) => {
    const known = Math.floor(((before + bytes.length) * 8) / 6);
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .slice(Math.ceil((before * 8) / 6), known);
    if (text.length < MIN_BASE64_LENGTH) return [];
    const form = literal(text).replace(/\\\+/g, '[-+]').replace(/\//g, '[/_]');
    return [`[A-Za-z0-9+/_\\-]{0,3}${form}[A-Za-z0-9+/_\\-]?={0,2}`];
  });
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function anyCase(hex: string): string {
  return hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}
