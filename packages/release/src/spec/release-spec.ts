import type { TaskSpec } from '@redmeter/experiment';
import type { Backend } from './backend.js';
import type { ListenAddress } from './listen.js';

/** A version of the application; its share, in hundredths of a percent, is the one before a rollout moves it. */
type ReleaseVersion = { readonly name: string; readonly share: number } & Backend;

/** Which requests get a certain version. */
export type Segment = {
  readonly source: 'header' | 'cookie';
  readonly name: string;
  readonly test: { readonly equals: string } | { readonly matches: string };
  readonly version: string;
};

/** How a candidate takes over. */
export type RolloutSpec = {
  readonly candidate: string;
  /** In percent, rising, the last one 100. */
  readonly steps: readonly number[];
  readonly intervalMs: number;
  readonly deadlineMs: number;
  readonly onInconclusive: 'hold' | 'rollback';
  readonly onViolation: 'rollback' | 'hold';
  readonly judge: readonly TaskSpec[];
};

/** A dedicated nginx of the release. */
type NginxSpec = {
  readonly kind: 'nginx';
  readonly listen: ListenAddress;
  /** As the author wrote it; undefined for the default. */
  readonly folder?: string;
};

/** What a route of Kubernetes is attached to: most often a Gateway. */
export type ParentRef = {
  readonly group?: string | undefined;
  readonly kind?: string | undefined;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly sectionName?: string | undefined;
  readonly port?: number | undefined;
};

/** The HTTPRoute of a release. */
export type KubernetesPlace = {
  readonly kind: 'kubernetes';
  readonly route: string;
  readonly namespace: string;
  readonly parentRefs: readonly ParentRef[];
};

/** `release.yaml`, validated. */
export type ReleaseSpec = {
  /** As the author wrote it. */
  readonly text: string;
  readonly application: string;
  readonly gateway: NginxSpec | KubernetesPlace;
  readonly versions: readonly ReleaseVersion[];
  readonly affinity?: { readonly cookie: string; readonly maxAgeSeconds?: number };
  readonly segments: readonly Segment[];
  /** Its share in hundredths of a percent. */
  readonly mirror?: { readonly to: string; readonly share: number };
  readonly rollout?: RolloutSpec;
};
