import { z } from 'zod';

const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const PORT = 'a port from 1 to 65535';

/** A field that names an object of Kubernetes. */
const objectName = z.string().max(253).regex(SUBDOMAIN, {
  error: 'a name of Kubernetes, of lower case letters, digits, "-" and "."',
});

/** A field that names a namespace or a Service. */
const labelName = z.string().max(63).regex(LABEL, {
  error: 'a name of Kubernetes of at most 63 lower case letters, digits and "-"',
});

const port = z.int({ error: PORT }).min(1, { error: PORT }).max(65_535, { error: PORT });

const parentRefSchema = z.strictObject({
  group: z
    .string()
    .max(253)
    .regex(new RegExp(`^$|${SUBDOMAIN.source}`), { error: 'an API group of Kubernetes' })
    .describe('API group; gateway.networking.k8s.io by default.')
    .optional(),
  kind: z
    .string()
    .max(63)
    .regex(/^[A-Za-z](?:[-A-Za-z0-9]*[A-Za-z0-9])?$/, { error: 'a kind of Kubernetes' })
    .describe('Kind; Gateway by default.')
    .optional(),
  name: objectName.describe('Its name.'),
  namespace: labelName.describe('Namespace; by default that of the route.').optional(),
  sectionName: objectName.describe('The listener of the Gateway; all by default.').optional(),
  port: port.describe('The port of the Gateway; all by default.').optional(),
});

/** The fields of `gateway.kubernetes`. */
export const kubernetesSchema = z.strictObject({
  route: objectName.describe('The name of the HTTPRoute.'),
  namespace: labelName.describe('The namespace of the route and of the Services; default by default.').optional(),
  parentRefs: z
    .array(parentRefSchema)
    .min(1)
    .max(32)
    .describe('The Gateways for requests of users, as in the parentRefs of a HTTPRoute.'),
});

/** The field `service` of a version. */
export const serviceName = labelName.describe('Its Kubernetes Service.');

/** The field `port` of a version. */
export const servicePort = port.describe('The port of its Service.');
