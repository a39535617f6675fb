import {
  bucketsOf,
  inIter8Layout,
  standardDeviationMs,
  type ExperimentResult,
  type LoadSummary,
} from '@redmeter/experiment';
import { bucketLabel, cut, type DashboardBucket } from './histogram.js';

/** The kinds of load that Iter8 has a dashboard for. */
export type LoadKind = 'http' | 'grpc';

/** A result under the names that Iter8 gives it. */
export type NamedResult = { readonly namespace: string; readonly test: string; readonly result: ExperimentResult };

const NO_STATISTICS = { Count: 0, Mean: 0, StdDev: 0, Min: 0, Max: 0 };
// By number, as ghz writes them (google.golang.org/grpc/codes).
const GRPC_CODES = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];

/** The answer to `/httpDashboard` or `/grpcDashboard` of Iter8 1.1, from a result that "run --save" keeps. */
export function loadDashboard(kind: LoadKind, { namespace, test, result }: NamedResult): object {
  const rows = (result.insights?.loads ?? []).flatMap((groups, version) =>
    Object.entries(groups)
      .filter(([group]) => kindOf(group) === kind)
      .map(([group, load]): [string, object] => [endpointName(group, version, result), rowOf(kind, load)]),
  );
  return {
    Endpoints: Object.fromEntries(rows),
    ExperimentResult: {
      Name: test,
      Namespace: namespace,
      Revision: 0,
      'Start time': startTime(result.startTime),
      'Completed tasks': result.numCompletedTasks,
      Failure: result.failure,
      Insights: null,
      'Iter8 version': '',
    },
  };
}

function kindOf(group: string): LoadKind {
  return group === 'grpc' || group.startsWith('grpc-') ? 'grpc' : 'http';
}

/** The name of an endpoint, with the version's before it where there are several. */
function endpointName(group: string, version: number, { insights }: ExperimentResult): string {
  const endpoint = group.replace(/^(?:http|grpc)-/, '');
  if (insights === undefined || insights.numVersions < 2) return endpoint;
  return `${insights.versionNames[version] ?? `version ${version}`}: ${endpoint}`;
}

function rowOf(kind: LoadKind, load: LoadSummary): object {
  const { latency } = load;
  if (kind === 'grpc') {
    const codes = Object.entries(load.statusCodes).map(([code, count]): [string, number] => [
      GRPC_CODES[Number(code)] ?? code,
      count,
    ]);
    return {
      Durations: durations(load, (_, upperMs) => String(cut(upperMs, 3))),
      Statistics: { Count: load.requests, ErrorCount: load.errors },
      'Status codes': Object.fromEntries(codes),
    };
  }
  const statistics = {
    Count: latency.count,
    Mean: latency.meanMs,
    StdDev: standardDeviationMs(latency),
    Min: latency.minMs,
    Max: latency.maxMs,
  };
  return {
    Durations: durations(load, bucketLabel),
    Statistics: statistics,
    // Latencies of errors are not kept apart.
    'Error durations': [],
    'Error statistics': NO_STATISTICS,
    'Return codes': load.statusCodes,
  };
}

function durations({ latency }: LoadSummary, label: (lowerMs: number, upperMs: number) => string): DashboardBucket[] {
  return bucketsOf(inIter8Layout(latency)).map(({ lowerMs, upperMs, count }) => ({
    Version: '0',
    Bucket: label(lowerMs, upperMs),
    Value: count,
  }));
}

/** As Go writes `02 Jan 06 15:04 MST`. */
function startTime(text: string): string {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return text;
  const [, day = '', month = '', year = '', clock = ''] =
    /^\w+, (\d+) (\w+) \d\d(\d\d) (\d\d:\d\d)/.exec(time.toUTCString()) ?? [];
  return `${day} ${month} ${year} ${clock} UTC`;
}
