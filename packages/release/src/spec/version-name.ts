import { z } from 'zod';

/** A field that names a version or an application: it appears unchanged in cookies, labels and configurations. */
export const versionName = z.string().regex(/^[A-Za-z0-9](?:[-A-Za-z0-9._]{0,61}[A-Za-z0-9])?$/, {
  error: 'a name of 1 to 63 letters, digits, "-", "_" and ".", the first and the last a letter or a digit',
});
