import { statSync } from 'node:fs';

/** What differs once one of the files is written, replaced or removed: their times, sizes and inodes. */
export function fileStamp(files: readonly string[]): string {
  return files
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? 'gone' : `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
    })
    .join(',');
}
