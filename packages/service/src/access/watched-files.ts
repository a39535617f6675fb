import { statSync } from 'node:fs';

const CHECK_INTERVAL_MS = 1000;

/** Calls `onChange` when one of the files was changed, at most once a second. Returns what ends it. */
export function watchFiles(files: readonly string[], onChange: () => void): () => void {
  let stamp = stampOf(files);
  const timer = setInterval(() => {
    const now = stampOf(files);
    if (now === stamp) return;
    stamp = now;
    onChange();
  }, CHECK_INTERVAL_MS).unref();
  return () => clearInterval(timer);
}

function stampOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? 'gone' : `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
    })
    .join(',');
}
