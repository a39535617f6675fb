/** A URL that fetch accepts, and the header for its user and password. */
export type FetchableUrl = { readonly url: URL; readonly headers: Readonly<Record<string, string>> };

/** Takes user and password out of a URL, which fetch refuses there (repeating them in its error), into a header for basic authentication. */
export function withoutCredentials(given: string | URL): FetchableUrl {
  const url = new URL(given);
  const { username, password } = url;
  if (username === '' && password === '') return { url, headers: {} };
  url.username = '';
  url.password = '';
  return { url, headers: { Authorization: basicAuthorization(decoded(username), decoded(password)) } };
}

/** The value of `Authorization` for basic authentication (RFC 7617). */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

// A percent sign of a password that is not encoded is literal.
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
