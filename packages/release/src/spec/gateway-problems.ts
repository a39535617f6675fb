import type { PlacedProblem } from './placed-problem.js';
import { ORIGIN, type ReleaseInput } from './release-schema.js';

/** What is wrong with the choice of the gateway, and with where the versions answer behind it. */
export function gatewayProblems({ gateway, versions }: ReleaseInput): PlacedProblem[] {
  const { nginx, kubernetes } = gateway;
  if ((nginx === undefined) === (kubernetes === undefined)) {
    const got = nginx === undefined ? 'neither' : 'both';
    return [{ path: ['gateway'], expected: 'nginx or kubernetes', got }];
  }
  return versions.flatMap((version, index) =>
    kubernetes === undefined ? urlProblems(version, index) : serviceProblems(version, index),
  );
}

type Version = ReleaseInput['versions'][number];

function urlProblems({ url, ca, service, port }: Version, index: number): PlacedProblem[] {
  const path = ['versions', index];
  if (url === undefined) return [{ path: [...path, 'url'], expected: ORIGIN, got: 'nothing' }];
  if (ca !== undefined && !url.startsWith('https:')) {
    return [{ path: [...path, 'ca'], expected: 'ca beside an https:// URL only', got: JSON.stringify(ca) }];
  }
  return unfit(path, { service, port }, 'only the fields url and ca of a version behind nginx');
}

function serviceProblems({ url, ca, service, port }: Version, index: number): PlacedProblem[] {
  const path = ['versions', index];
  return [
    ...unfit(path, { url, ca }, 'the fields service and port of a version in Kubernetes'),
    ...(service === undefined
      ? [{ path: [...path, 'service'], expected: 'the name of a Service', got: 'nothing' }]
      : []),
    ...(port === undefined ? [{ path: [...path, 'port'], expected: 'the port of the Service', got: 'nothing' }] : []),
  ].slice(0, 1);
}

function unfit(
  path: PlacedProblem['path'],
  fields: Readonly<Record<string, unknown>>,
  expected: string,
): PlacedProblem[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [{ path: [...path, name], expected, got: JSON.stringify(value) }],
  );
}
