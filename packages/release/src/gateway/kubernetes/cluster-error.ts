import { apiStatusOf, httpCodeOf, messageOf, type ApiStatus, type ClusterAccess } from '@redmeter/experiment';
import { ReleaseError, type ReleaseErrorCode } from '../../release-error.js';

const UNDECLARED = /(\.spec\S*|"spec\S*"): field not declared in schema/;
const UNKNOWN_FIELD = /unknown field "(spec[^"]*)"/;
const CONFLICT = /^conflict with "([^"]*)"/;

/** Why a request failed, as one line with the fix. It contains no tokens. */
export function clusterError(
  error: unknown,
  route: string,
  { server, secrets }: Pick<ClusterAccess, 'server' | 'secrets'>,
): ReleaseError {
  if (error instanceof ReleaseError) return error;
  const { code, message } = describe(error, route, server);
  const line = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), message).replaceAll(/\s+/g, ' ');
  // Without the cause: it may hold headers, in which the token is.
  return new ReleaseError(code, line.trim());
}

/** Whether an object is no longer the one that was to be deleted. */
export function isPreconditionFailure(error: unknown): boolean {
  return httpCodeOf(error) === 409 && conflictsOf(apiStatusOf(error)).length === 0;
}

type Described = { readonly code: ReleaseErrorCode; readonly message: string };

function describe(error: unknown, route: string, server: string): Described {
  const code = httpCodeOf(error);
  if (code === undefined) return unavailable(`a Kubernetes API server at ${server}`, messageOf(error));
  const status = apiStatusOf(error);
  const said = status?.message ?? `HTTP ${code}`;
  switch (code) {
    case 401:
      return unavailable(
        `credentials that ${server} accepts`,
        '401 Unauthorized; renew the credentials in the kubeconfig',
      );
    case 403:
      return unavailable(
        `a role that allows it, such as that of configs/kubernetes/release-role.yaml`,
        status?.message ?? '403 Forbidden',
      );
    case 404:
      if (status?.details?.name !== undefined) return refused(said);
      return unavailable(
        'the CRDs of the Gateway API (gateway.networking.k8s.io/v1) in the cluster',
        'none; install them, see https://gateway-api.sigs.k8s.io/guides/',
      );
    case 409: {
      const conflicts = conflictsOf(status);
      return conflicts.length === 0 ? refused(said) : conflict(conflicts, route);
    }
    default: {
      const field = (UNDECLARED.exec(said) ?? UNKNOWN_FIELD.exec(said))?.[1];
      if (field !== undefined) return undeclared(field);
      if (code >= 500 || code === 429) return unavailable(`a response from ${server}`, said);
      return refused(said);
    }
  }
}

function unavailable(expected: string, got: string): Described {
  return { code: 'gateway_unavailable', message: `expected ${expected}, got ${got}` };
}

function refused(got: string): Described {
  return { code: 'gateway_refused', message: `expected the cluster to accept the plan, got: ${got}` };
}

function undeclared(field: string): Described {
  if (field.includes('sessionPersistence')) {
    return {
      code: 'gateway_refused',
      message:
        'expected CRDs of the experimental channel of the Gateway API for affinity, got some without sessionPersistence; install that channel, or leave affinity out',
    };
  }
  return {
    code: 'gateway_refused',
    message: `expected CRDs of the Gateway API 1.3 or later, got some without ${field.replaceAll(/^\.|"/g, '')}; install newer ones`,
  };
}

type FieldConflict = { readonly manager: string; readonly field: string };

function conflictsOf(status: ApiStatus | undefined): FieldConflict[] {
  return (status?.details?.causes ?? []).flatMap(({ reason, message = '', field = '' }) => {
    if (reason !== 'FieldManagerConflict') return [];
    return [{ manager: CONFLICT.exec(message)?.[1] ?? message, field: field.replace(/^\./, '') }];
  });
}

function conflict(conflicts: readonly FieldConflict[], route: string): Described {
  const managers = [...new Set(conflicts.map(({ manager }) => manager))];
  const owned = managers.map((manager) => {
    const fields = conflicts.filter((each) => each.manager === manager).map(({ field }) => field);
    return `${[...new Set(fields)].join(', ')} owned by ${JSON.stringify(manager)}`;
  });
  return {
    code: 'gateway_refused',
    message: `expected the fields of the plan in the HTTPRoute ${route} to be managed by redmeter, got ${owned.join('; ')}; remove them from what ${managers.join(', ')} applies, or take them over with --force-conflicts`,
  };
}
