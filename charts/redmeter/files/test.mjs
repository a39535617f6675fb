// helm test: whether the exporter can read Redis, and whether `redmeter serve` and its store answer. Each has a minute.
const checks = [
  { name: 'exporter', url: process.env['EXPORTER_URL'] ?? '', expected: /^(redis_up|redmeter_up) 1$/m },
  { name: 'serve', url: process.env['SERVE_URL'] ?? '', expected: /^ok$/m },
].filter(({ url }) => url !== '');
const deadlineMs = Date.now() + 60_000;

for (const { name, url, expected } of checks) {
  let got = '';
  do {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(5000) });
      const text = await answer.text();
      got = expected.test(text) ? '' : `${answer.status} ${text.slice(0, 200)}`;
    } catch (error) {
      got = error instanceof Error ? `${error.message} (${String(error.cause)})` : String(error);
    }
    if (got === '') break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  } while (Date.now() < deadlineMs);
  if (got === '') console.log(`${name}: ${url} answers`);
  else {
    console.error(`${name}: expected ${expected.source} at ${url}, got: ${got}`);
    process.exit(1);
  }
}
