import { fileStamp } from '@redmeter/http-server';

const CHECK_INTERVAL_MS = 1000;

/** Calls `onChange` when one of the files was changed, at most once a second. Returns what ends it. */
export function watchFiles(files: readonly string[], onChange: () => void): () => void {
  let stamp = fileStamp(files);
  const timer = setInterval(() => {
    const now = fileStamp(files);
    if (now === stamp) return;
    stamp = now;
    onChange();
  }, CHECK_INTERVAL_MS).unref();
  return () => clearInterval(timer);
}
