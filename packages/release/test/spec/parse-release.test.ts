import { describe, expect, it } from '@jest/globals';
import { parseRelease } from '../../src/spec/parse-release.js';

const whole = `application: shop
gateway:
  nginx: { listen: 127.0.0.1:8080 }
versions:
  - { name: v1, url: http://127.0.0.1:5050 }
  - { name: v2, url: http://127.0.0.1:5051 }
affinity: { cookie: shop-version, maxAge: 1h }
segments:
  - { header: x-beta, equals: 'yes', version: v2 }
  - { cookie: country, matches: '^(be|nl)$', version: v2 }
mirror: { to: v2, percent: 12.5 }
rollout:
  candidate: v2
  steps: [1, 5, 25, 50, 100]
  interval: 1m
  deadline: 10m
  judge:
    - task: http
      with: { url: http://127.0.0.1:8080 }
    - task: assess
      with: { SLOs: { upper: [{ metric: http/error-rate, limit: 0.01, confidence: 0.95 }] } }
`;

/** The problems that are told about a release with one part replaced. */
function problemsOf(part: string, replacement: string): string[] {
  expect(whole).toContain(part);
  try {
    parseRelease(
      whole.replace(part, () => replacement),
      'release.yaml',
    );
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
}

describe('release.yaml', () => {
  it('is read whole', () => {
    const { text, rollout, ...spec } = parseRelease(whole, 'release.yaml');
    expect(text).toBe(whole);
    expect(spec).toEqual({
      application: 'shop',
      gateway: { kind: 'nginx', listen: { host: '127.0.0.1', port: 8080 } },
      versions: [
        { name: 'v1', url: 'http://127.0.0.1:5050', share: 10_000 },
        { name: 'v2', url: 'http://127.0.0.1:5051', share: 0 },
      ],
      affinity: { cookie: 'shop-version', maxAgeSeconds: 3600 },
      segments: [
        { source: 'header', name: 'x-beta', test: { equals: 'yes' }, version: 'v2' },
        { source: 'cookie', name: 'country', test: { matches: '^(be|nl)$' }, version: 'v2' },
      ],
      mirror: { to: 'v2', share: 1250 },
    });
    expect(rollout).toMatchObject({
      candidate: 'v2',
      steps: [1, 5, 25, 50, 100],
      intervalMs: 60_000,
      deadlineMs: 600_000,
      onInconclusive: 'hold',
      onViolation: 'rollback',
      judge: [{ kind: 'load-http' }, { kind: 'assess' }],
    });
  });

  it('takes weights, a port alone, IPv6, and values', () => {
    const spec = parseRelease(
      'application: a\ngateway: { nginx: { listen: 8080, folder: gate } }\nversions: [{ name: a, url: "http://[::1]:${PORT}/", weight: 33.33 }, { name: b, url: http://b, weight: 66.67 }]\n',
      'release.yaml',
      { given: new Map([['PORT', '81']]), isInEnvironment: () => false },
    );
    expect(spec.gateway).toEqual({ kind: 'nginx', listen: { host: '127.0.0.1', port: 8080 }, folder: 'gate' });
    expect(spec.versions).toEqual([
      { name: 'a', url: 'http://[::1]:81', share: 3333 },
      { name: 'b', url: 'http://b', share: 6667 },
    ]);
  });

  it('takes values from the environment, but for the tasks that judge', () => {
    const text = whole
      .replace('http://127.0.0.1:5051', '"${V2_URL:-http://127.0.0.1:5051}"')
      .replace('interval: 1m', 'interval: ${INTERVAL}')
      .replace("'yes'", "'${GROUP}'")
      .replace('url: http://127.0.0.1:8080', 'url: "http://a/${TOKEN}"');
    const environment: Record<string, string> = {
      V2_URL: 'http://v2',
      INTERVAL: '2s',
      GROUP: '${TOKEN}',
      TOKEN: 's3cr3t',
    };
    const values = { given: new Map<string, string>(), isInEnvironment: (name: string) => name in environment };
    const spec = parseRelease(text, 'release.yaml', values, environment);
    expect([spec.versions[1], spec.rollout?.intervalMs, spec.segments[0]?.test]).toEqual([
      { name: 'v2', url: 'http://v2', share: 0 },
      2000,
      { equals: '${TOKEN}' },
    ]);
    expect(JSON.stringify(spec)).not.toContain('s3cr3t');
    expect(() => parseRelease(text, 'release.yaml', values)).toThrow(
      /versions\[1\]\.url: expected .*, got "\$\{V2_URL\}"\n.*rollout\.interval: expected .*, got "\$\{INTERVAL\}"/,
    );
  });

  it.each([
    [
      'an unknown field',
      'mirror:',
      'miror:',
      /^release\.yaml:11:1: miror: expected one of .*, got "miror"; did you mean mirror\?$/,
    ],
    [
      'a version that does not exist',
      'to: v2',
      'to: v3',
      /^release\.yaml:11:15: mirror\.to: expected a version of this release, one of v1, v2, got "v3"; did you mean v1\?$/,
    ],
    [
      'an unknown candidate',
      'candidate: v2',
      'candidate: next',
      /^release\.yaml:13:14: rollout\.candidate: expected a version of this release, one of v1, v2, got "next"$/,
    ],
    [
      'a segment to nobody',
      "'yes', version: v2",
      "'yes', version: v22",
      /^release\.yaml:9:.*segments\[0\]\.version: expected a version .* got "v22"; did you mean v2\?$/,
    ],
    [
      'a candidate that has all users',
      'candidate: v2',
      'candidate: v1',
      /rollout\.candidate: expected another version than the first/,
    ],
    [
      'weights that do not add up',
      '5050 }',
      '5050, weight: 90 }',
      /^release\.yaml:5:3: versions: expected weights that add up to 100, got 90$/,
    ],
    [
      'a version twice',
      '  - { name: v2',
      '  - { name: v2, url: http://a }\n  - { name: v2',
      /versions\[2\]\.name: expected each version once, got "v2" twice$/,
    ],
    [
      'steps that do not rise',
      '25, 50',
      '50, 25',
      /^release\.yaml:14:21: rollout\.steps\[3\]: expected a step above 50, got 25$/,
    ],
    ['a step of zero', '[1, 5', '[0, 5', /rollout\.steps\[0\]: expected a step above 0, got 0$/],
    ['steps that do not end at 100', '50, 100]', '50]', /rollout\.steps\[3\]: expected 100 as the last step, got 50$/],
    [
      'too fine a step',
      '[1, 5',
      '[0.001, 5',
      /rollout\.steps\[0\]: expected a percentage from 0 to 100 with at most two decimals, got 0\.001$/,
    ],
    [
      'an invalid expression',
      "'^(be|nl)$'",
      "'^(be|nl$'",
      /^release\.yaml:10:33: segments\[1\]\.matches: expected a regular expression \(RE2\), got .+$/,
    ],
    [
      'an expression with names',
      "'^(be|nl)$'",
      "'(?P<version>be)'",
      /segments\[1\]\.matches: expected a regular expression without named groups/,
    ],
    [
      'a segment without a test',
      "x-beta, equals: 'yes'",
      'x-beta',
      /^release\.yaml:9:5: segments\[0\]: expected equals or matches, got neither$/,
    ],
    [
      'a segment by two things',
      'header: x-beta',
      'header: x-beta, cookie: a',
      /segments\[0\]: expected header or cookie, got both$/,
    ],
    ['a header that is none', 'x-beta', '"x beta"', /segments\[0\]\.header: expected the name of a header/],
    ['a cookie that could forge', 'shop-version', '"a=1; b"', /affinity\.cookie: expected the name of a cookie/],
    ['a line break', "'yes'", '"a\\nb"', /segments\[0\]\.equals: expected a string without control characters/],
    [
      'a URL with a path',
      'http://127.0.0.1:5051',
      'http://127.0.0.1:5051/shop',
      /versions\[1\]\.url: expected http:\/\/<host>\[:<port>\], or https:\/\/ with the name of a host, without path, query or user/,
    ],
    ['https by an address', 'http://127.0.0.1:5051', 'https://127.0.0.1:5051', /versions\[1\]\.url: expected http:/],
    ['https by an IPv6 address', 'http://127.0.0.1:5051', '"https://[::1]:5051"', /versions\[1\]\.url: expected http:/],
    [
      'authorities without TLS',
      'http://127.0.0.1:5051',
      'http://127.0.0.1:5051, ca: a.pem',
      /versions\[1\]\.ca: expected ca beside an https:\/\/ URL only, got "a\.pem"$/,
    ],
    ['a URL with a user', 'http://127.0.0.1:5051', 'http://u:p@127.0.0.1:5051', /versions\[1\]\.url: expected http:/],
    ['no URL', 'http://127.0.0.1:5051', 'http://a;b', /versions\[1\]\.url: expected http:/],
    ['a port that is none', '127.0.0.1:8080', '127.0.0.1:88080', /gateway\.nginx\.listen: expected host:port/],
    [
      'a deadline before the first look',
      'deadline: 10m',
      'deadline: 10s',
      /rollout\.deadline: expected at least the interval, 60 s, got 10 s$/,
    ],
    [
      'an unknown task',
      'task: http',
      'task: htp',
      /^release\.yaml:18:13: rollout\.judge\[0\]\.task: expected one of .* got "htp"; did you mean http\?$/,
    ],
    [
      'a task with a wrong field',
      '{ url: http://127.0.0.1:8080 }',
      '{ url: http://a, qqs: 1 }',
      /^release\.yaml:19:.*rollout\.judge\[0\]\.with\.qqs: .*did you mean qps\?$/,
    ],
    [
      'a judge that judges nothing',
      'upper: [{ metric: http/error-rate, limit: 0.01, confidence: 0.95 }]',
      '',
      /rollout\.judge: expected an assess task with SLOs/,
    ],
    [
      'a judge that only compares',
      'limit: 0.01, confidence: 0.95 }',
      'against: baseline, worse: 5% }',
      /rollout\.judge: expected an SLO with a limit too, since at 100 % no other version is left to compare the candidate with, got only against: baseline$/,
    ],
    [
      'another number of versions',
      'url: http://127.0.0.1:8080',
      'versionInfo: [{ url: http://a }, { url: http://b }, { url: http://c }]',
      /rollout\.judge\[0\]\.with: expected the candidate alone, or the 2 versions in the order of this release, got 3 versions$/,
    ],
  ])('reports %s in one line, with its place', (_, part, replacement, problem) => {
    expect(problemsOf(part, replacement)).toEqual([expect.stringMatching(problem)]);
  });

  it('takes a route of Kubernetes, with Services', () => {
    const { gateway, versions } = parseRelease(
      'application: a\ngateway: { kubernetes: { route: shop, parentRefs: [{ name: web, namespace: infra, port: 80 }] } }\nversions: [{ name: v1, service: shop-v1, port: 8080 }]\n',
      'release.yaml',
    );
    expect(gateway).toEqual({
      kind: 'kubernetes',
      route: 'shop',
      namespace: 'default',
      parentRefs: [{ name: 'web', namespace: 'infra', port: 80 }],
    });
    expect(versions).toEqual([{ name: 'v1', service: 'shop-v1', port: 8080, share: 10_000 }]);
  });

  it.each([
    [
      'two gateways',
      'nginx: { listen: 127.0.0.1:8080 }',
      'nginx: { listen: 8080 }\n  kubernetes: { route: a, parentRefs: [{ name: b }] }',
      /^release\.yaml:3:3: gateway: expected nginx or kubernetes, got both$/,
    ],
    [
      'no gateway',
      '\n  nginx: { listen: 127.0.0.1:8080 }',
      ' {}',
      /gateway: expected nginx or kubernetes, got neither$/,
    ],
    [
      'a version without a URL',
      'name: v2, url: http://127.0.0.1:5051',
      'name: v2',
      /versions\[1\]\.url: expected http:\/\/<host>.* got nothing$/,
    ],
    [
      'a Service behind nginx',
      'v2, url: http://127.0.0.1:5051',
      'v2, url: http://a, port: 80',
      /versions\[1\]\.port: expected only the fields url and ca of a version behind nginx, got 80$/,
    ],
  ])('reports %s in one line', (_, part, replacement, problem) => {
    expect(problemsOf(part, replacement)).toEqual([expect.stringMatching(problem)]);
  });

  it.each([
    ['', /^release\.yaml:1:1: the file: expected a mapping with the fields of a release, got nothing|null/],
    ['- a', /expected a mapping with the fields of a release, got a list of 1$/],
    ['a: [', /^release\.yaml:\d+:\d+: expected YAML/],
  ])('refuses what is no release: %j', (text, problem) => {
    expect(() => parseRelease(text, 'release.yaml')).toThrow(problem);
  });
});
