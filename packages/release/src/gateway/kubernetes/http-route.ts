/** The API that routes belong to. */
export const ROUTE_API = { group: 'gateway.networking.k8s.io', version: 'v1', plural: 'httproutes' } as const;

/** Who owns the fields of a plan in a route. */
export const FIELD_MANAGER = 'redmeter';

/** The annotations of a route: the application it belongs to, and the plan it carries out, as JSON. */
export const ANNOTATIONS = { application: 'redmeter/application', plan: 'redmeter/plan' } as const;

/** A HTTPRoute as it is applied: the fields that a plan decides about, and no others. */
export type AppliedRoute = {
  readonly apiVersion: string;
  readonly kind: 'HTTPRoute';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly parentRefs: readonly object[]; readonly rules: readonly RouteRule[] };
};

/** A rule of a route. */
export type RouteRule = {
  readonly matches: readonly {
    readonly path: { readonly type: 'PathPrefix'; readonly value: '/' };
    readonly headers?: readonly {
      readonly type: 'Exact' | 'RegularExpression';
      readonly name: string;
      readonly value: string;
    }[];
  }[];
  readonly filters?: readonly object[];
  readonly backendRefs: readonly BackendRef[];
  readonly sessionPersistence?: object;
};

/** A Service that a rule sends requests to. */
export type BackendRef = {
  readonly group: '';
  readonly kind: 'Service';
  readonly name: string;
  readonly port: number;
  readonly weight?: number;
};
