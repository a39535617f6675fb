import { expect, it } from '@jest/globals';
import { parseRelease } from '../../../src/spec/parse-release.js';

const whole = `application: shop
gateway:
  kubernetes: { route: shop, namespace: web, parentRefs: [{ name: gate }] }
versions:
  - { name: v1, service: shop-v1, port: 80 }
  - { name: v2, service: shop-v2, port: 80 }
affinity: { cookie: c, maxAge: 1h }
segments:
  - { cookie: country, matches: '^(be|nl)$', version: v2 }
`;

const segments = (count: number): string =>
  Array.from(
    { length: count },
    (_, index) => `  - { header: a, equals: b${index}, version: v${(index % 2) + 1} }\n`,
  ).join('');
const versions = (count: number): string =>
  Array.from({ length: count }, (_, index) => `  - { name: w${index}, service: w${index}, port: 80 }\n`).join('');

it.each([
  [
    'a name of a route that is none',
    'route: shop',
    'route: Shop',
    /3:24: gateway\.kubernetes\.route: expected a name of Kubernetes, .* got "Shop"$/,
  ],
  [
    'a namespace that is none',
    'namespace: web',
    'namespace: a.b',
    /gateway\.kubernetes\.namespace: expected a name of Kubernetes of at most 63 .* got "a\.b"$/,
  ],
  ['no parent', '[{ name: gate }]', '[]', /gateway\.kubernetes\.parentRefs: expected .*1/],
  [
    'a parent twice',
    '[{ name: gate }]',
    '[{ name: gate }, { name: gate }]',
    /3:75: gateway\.kubernetes\.parentRefs\[1\]: expected each parent once, got "gate" twice$/,
  ],
  [
    'an unknown field of a parent',
    '{ name: gate }',
    '{ name: gate, section: a }',
    /parentRefs\[0\]\.section: expected one of .*; did you mean sectionName\?$/,
  ],
  [
    'a port that is none',
    'shop-v2, port: 80',
    'shop-v2, port: 80000',
    /6:.*versions\[1\]\.port: expected a number of at most 65535, got 80000$/,
  ],
  [
    'a version without a port',
    'shop-v2, port: 80',
    'shop-v2',
    /versions\[1\]\.port: expected the port of the Service, got nothing$/,
  ],
  [
    'a version without a Service',
    'service: shop-v2, port: 80',
    'port: 80',
    /versions\[1\]\.service: expected the name of a Service, got nothing$/,
  ],
  [
    'a version with a URL',
    'service: shop-v2, port: 80',
    'url: http://a',
    /versions\[1\]\.url: expected the fields service and port of a version in Kubernetes, got "http:\/\/a"$/,
  ],
  [
    'too many versions',
    'affinity',
    `${versions(15).trimStart().replace(/^/, '  ')}affinity`,
    /versions: expected at most 16 versions, as a rule of a HTTPRoute has backends, got 17$/,
  ],
  [
    'too many segments',
    '  - { cookie',
    `${segments(16)}  - { cookie`,
    /9:3: segments: expected segments that need at most 15 rules of a HTTPRoute, where adjacent segments of the same version share one, got 16$/,
  ],
  [
    'an expression for a cookie that cannot be one for a header',
    "'^(be|nl)$'",
    "'(^be|nl$)'",
    /9:33: segments\[0\]\.matches: expected an expression for a cookie with "\^" only at its start and "\$" only at its end, got "\(\^be\|nl\$\)"$/,
  ],
  [
    'an expression that takes ";"',
    "'^(be|nl)$'",
    "'[:-<]'",
    /segments\[0\]\.matches: expected an expression for a cookie that cannot match ";", which ends its value, got "\[:-<\]"$/,
  ],
  [
    'a value that no cookie has',
    "matches: '^(be|nl)$'",
    "equals: 'a;b'",
    /segments\[0\]\.equals: expected a value without ";", which no cookie has, got "a;b"$/,
  ],
  [
    'a cookie that lives too long',
    'maxAge: 1h',
    'maxAge: 100000h',
    /7:.*affinity\.maxAge: expected at most 99999 hours, as a HTTPRoute takes it, got 360000000 s$/,
  ],
])('reports %s in one line, with its place', (_, part, replacement, problem) => {
  expect(whole).toContain(part);
  let told = '';
  try {
    parseRelease(
      whole.replace(part, () => replacement),
      'release.yaml',
    );
  } catch (error) {
    told = (error as Error).message;
  }
  expect(told.split('\n')).toEqual([expect.stringMatching(problem)]);
});

it('takes as many segments as rules can hold', () => {
  const fitting = whole.replace(/ {2}- \{ cookie.*\n/, segments(15) + segments(1));
  expect(parseRelease(fitting, 'release.yaml').segments).toHaveLength(16);
});
