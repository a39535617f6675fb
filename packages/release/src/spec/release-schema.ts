import { durationMs } from '@redmeter/experiment';
import { z } from 'zod';
import { kubernetesSchema, serviceName, servicePort } from './kubernetes/kubernetes-schema.js';
import { LISTEN_FORM, parseListen } from './listen.js';
import { percentSchema } from './share.js';
import { versionName } from './version-name.js';

/** How the URL of a version is written, for people. */
export const ORIGIN = 'http://<host>[:<port>], or https:// with the name of a host, without path, query or user';
// A token of RFC 6265, without what configurations of gateways give a meaning of their own.
const COOKIE_NAME = /^[A-Za-z0-9._-]{1,100}$/;
const HEADER_NAME = /^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/;

const text = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, { error: 'a string without control characters' });

const cookieName = z
  .string()
  .regex(COOKIE_NAME, { error: 'the name of a cookie, of letters, digits, ".", "_" and "-"' });

const nginxSchema = z.strictObject({
  listen: z
    .union([z.string(), z.int()], { error: LISTEN_FORM })
    .refine((given) => parseListen(given) !== undefined, { error: LISTEN_FORM })
    .describe('Address for requests of users: host:port, or a port on 127.0.0.1.'),
  folder: z
    .string()
    .min(1)
    .describe(
      'Folder for the configuration and logs of nginx, relative to release.yaml; by default ~/.local/share/redmeter/gateways/<application>.',
    )
    .optional(),
});

const versionSchema = z.strictObject({
  name: versionName.describe('The name of the version.'),
  url: z
    .string({ error: ORIGIN })
    .refine(isOrigin, { error: ORIGIN })
    .describe('Its address behind nginx: http://<host>[:<port>] or https://<name of host>[:<port>].')
    .optional(),
  ca: text
    .describe(
      'File of certificate authorities (PEM) for https://, relative to release.yaml; by default those of the system.',
    )
    .optional(),
  service: serviceName.optional(),
  port: servicePort.optional(),
  weight: percentSchema
    .describe('Its share of users in percent; all add up to 100. If none is given, the first version gets all.')
    .optional(),
});

const segmentSchema = z.strictObject({
  header: z
    .string()
    .regex(HEADER_NAME, { error: 'the name of a header, of letters, digits and "-"' })
    .describe('The header to match.')
    .optional(),
  cookie: cookieName.describe('The cookie to match.').optional(),
  equals: text.describe('The exact value; case-sensitive.').optional(),
  matches: text.describe('A regular expression (RE2) that matches a part of the value; case-sensitive.').optional(),
  version: versionName.describe('The version for these users.'),
});

const rolloutSchema = z.strictObject({
  candidate: versionName.describe('The version to roll out.'),
  steps: z
    .array(percentSchema)
    .min(1)
    .describe('The shares of the candidate in percent, each above the one before, the last one 100.'),
  interval: durationMs.describe('The time between looks; 1m by default.').optional(),
  deadline: durationMs.describe('How long a step may stay without a verdict; 10m by default.').optional(),
  onInconclusive: z
    .enum(['hold', 'rollback'])
    .describe('What to do with a step without a verdict at its deadline; hold by default. Without data: rollback.')
    .optional(),
  onViolation: z
    .enum(['rollback', 'hold'])
    .describe('What to do when the candidate violates an SLO; rollback by default.')
    .optional(),
  judge: z.array(z.unknown()).min(1).describe('Tasks as in an experiment, which measure and judge the versions.'),
});

/** The fields of `release.yaml`. */
export const releaseSchema = z.strictObject({
  application: versionName.describe('The name of the application.'),
  gateway: z
    .strictObject({
      nginx: nginxSchema.describe('A dedicated nginx in front of the versions.').optional(),
      kubernetes: kubernetesSchema.describe('A HTTPRoute of the Gateway API in front of Services.').optional(),
    })
    .describe('The gateway that splits users: nginx or kubernetes.'),
  versions: z.array(versionSchema).min(1).max(100).describe('The versions; the first is the current one.'),
  affinity: z
    .strictObject({
      cookie: cookieName.describe('The cookie that keeps a user with a version while it has a share.'),
      maxAge: durationMs.describe('Lifetime of the cookie; by default until the browser is closed.').optional(),
    })
    .optional(),
  segments: z
    .array(segmentSchema)
    .max(100)
    .describe('Requests that always get a certain version; the first match applies. All others are split by weight.')
    .optional(),
  mirror: z
    .strictObject({
      to: versionName.describe('The version that gets copies of requests; its responses are discarded.'),
      percent: percentSchema.describe('Percentage of requests to copy; 100 by default.').optional(),
    })
    .optional(),
  rollout: rolloutSchema.optional(),
});

/** `release.yaml` with the form of each field checked, but not yet how they fit together. */
export type ReleaseInput = z.output<typeof releaseSchema>;

function isOrigin(given: string): boolean {
  if (!/^https?:\/\/[^/?#@\s\\]+\/?$/.test(given) || !URL.canParse(given)) return false;
  const { protocol, hostname, port } = new URL(given);
  // nginx compares certificates with names alone.
  if (protocol === 'https:' && /^[\d.]+$|^\[/.test(hostname)) return false;
  return port !== '0' && /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9a-f:.]+\])$/.test(hostname);
}
