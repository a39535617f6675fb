/** A connection URL fit for logs: no user, no password, no query, whether or not it parses. */
export function redactedUrl(text: string): string {
  // A text that is not a URL may still contain a password, with any character: everything up to the last `@` is removed.
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? '';
  const rest = text.slice(scheme.length);
  const at = rest.lastIndexOf('@');
  const place = (at < 0 ? rest : rest.slice(at + 1)).replace(/[?#].*$/s, '');
  return `${scheme}${at < 0 ? '' : '***@'}${place}`;
}
