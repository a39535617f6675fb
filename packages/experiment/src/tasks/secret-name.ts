const SECRET_NAME =
  /pass(?!ed|es|ing)|secret|token|credential|auth(?!ors?$|ority)|signature|session|cookie|(?:^|[^a-z])(?:api|access|private|account|license)?[-_. ]?key$|^(?:sig|pwd|jwt)$/i;

/** Whether a field, a header or a variable is called as what holds a secret: `api_key`, `Authorization`, `DB_PASSWORD`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}
