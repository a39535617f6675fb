import { describe, expect, it } from '@jest/globals';
import { checkExposition } from './exposition-checker.js';
import type { Format } from './exposition-lines.js';

const TEXT = `# HELP jobs_total Jobs \\\\ done.\\n"All" of them.
# TYPE jobs_total counter
jobs_total{q="a\\"b\\\\c\\nd"} 5
jobs_total{q="é"} 1.5
# HELP h_ms H.
# TYPE h_ms histogram
h_ms_bucket{q="a",le="5.0"} 1
h_ms_bucket{q="a",le="1e+06"} 1
h_ms_bucket{q="a",le="+Inf"} 3
h_ms_sum{q="a"} NaN
h_ms_count{q="a"} 3
`;

const OPENMETRICS = `# HELP jobs Jobs \\"done\\".
# TYPE jobs counter
jobs_total{q="a"} 5
jobs_created{q="a"} 1763600000.123
jobs_total{q="b"} 5
# HELP h_ms H.
# TYPE h_ms histogram
# UNIT h_ms ms
h_ms_bucket{le="5.0"} 1
h_ms_bucket{le="+Inf"} 3
h_ms_sum 12
h_ms_count 3
h_ms_created 1
# HELP plain P.
# TYPE plain unknown
plain -1
# EOF
`;

const GAUGE = '# HELP g G.\n# TYPE g gauge\n';
const COUNTER = '# HELP c C.\n# TYPE c counter\n';
const HISTOGRAM = '# HELP h H.\n# TYPE h histogram\n';
const rest = 'h_sum 1\nh_count 2\n';

describe('the checker takes', () => {
  it.each<[string, Format, string]>([
    ['the text format', 'text', TEXT],
    ['OpenMetrics', 'openmetrics', OPENMETRICS],
    ['an empty answer', 'text', ''],
    ['an empty OpenMetrics answer', 'openmetrics', '# EOF\n'],
  ])('%s', (_name, format, text) => {
    expect(checkExposition(text, format).problems).toEqual([]);
  });

  it('and returns what it read', () => {
    expect(checkExposition(TEXT, 'text').families[0]).toEqual({
      name: 'jobs_total',
      type: 'counter',
      help: 'Jobs \\ done.\n"All" of them.',
      unit: undefined,
      samples: [
        { kind: 'sample', name: 'jobs_total', labels: [['q', 'a"b\\c\nd']], value: '5' },
        { kind: 'sample', name: 'jobs_total', labels: [['q', 'é']], value: '1.5' },
      ],
    });
  });
});

describe('the checker refuses, in the text format,', () => {
  it.each<[string, string, string]>([
    ['no final line feed', `${GAUGE}g 1`, 'no line feed at the end'],
    ['an empty line', `${GAUGE}\ng 1\n`, 'line 3: empty line'],
    ['a carriage return', `${GAUGE}g 1\r\n`, 'line 3: carriage return'],
    ['a free comment', `${GAUGE}# hello\ng 1\n`, 'line 3: comment that is no HELP, TYPE or UNIT'],
    ['EOF', `${GAUGE}g 1\n# EOF\n`, 'line 4: EOF in the text format'],
    ['UNIT', `${GAUGE}# UNIT g s\ng 1\n`, 'family g: UNIT in the text format'],
    ['a sample without TYPE', 'g 1\n', 'line 1: g has no TYPE before it'],
    ['no HELP', '# TYPE g gauge\ng 1\n', 'family g: no HELP'],
    ['an unknown type', '# HELP g G.\n# TYPE g meter\n', 'family g: unknown type meter'],
    ['a family without samples', GAUGE, 'family g: no samples'],
    ['TYPE twice', `${GAUGE}# TYPE g gauge\ng 1\n`, 'line 3: TYPE twice'],
    ['TYPE after a sample', `# HELP g G.\n# TYPE g gauge\ng 1\n# HELP g G.\n`, 'line 4: HELP after samples'],
    ['a family in two pieces', `${GAUGE}g 1\n${COUNTER}c 1\ng{a="b"} 1\n`, 'line 7: family g in two pieces'],
    ['a series twice', `${GAUGE}g{a="b",c="d"} 1\ng{c="d",a="b"} 2\n`, 'series ["g",[["a","b"],["c","d"]]] twice'],
    ['a label twice', `${GAUGE}g{a="b",a="c"} 1\n`, 'line 3: label a twice'],
    ['an empty label', `${GAUGE}g{a=""} 1\n`, 'line 3: label a is empty'],
    ['empty braces', `${GAUGE}g{} 1\n`, 'line 3: empty braces'],
    ['a reserved label', `${GAUGE}g{__name__="x"} 1\n`, 'line 3: reserved label __name__'],
    ['a bad escape', `${GAUGE}g{a="\\t"} 1\n`, 'line 3: bad escape in label a'],
    ['an escape of nothing', `# HELP g G.\\\n# TYPE g gauge\ng 1\n`, 'line 1: bad escape in HELP: G.\\'],
    ['an escaped quotation mark in HELP', `# HELP g \\"\n# TYPE g gauge\ng 1\n`, 'line 1: bad escape in HELP: \\"'],
    ['an open quotation mark', `${GAUGE}g{a="b} 1\n`, 'line 3: quoted value expected after label a'],
    ['a timestamp', `${GAUGE}g 1 1763600000123\n`, 'line 3: not one value: "1 1763600000123"'],
    ['two spaces', `${GAUGE}g  1\n`, 'line 3: not one value: " 1"'],
    ['a hexadecimal value', `${GAUGE}g 0x1\n`, 'line 3: not one value: "0x1"'],
    ['a negative counter', `${COUNTER}c -1\n`, 'family c: counter value -1'],
    ['a counter that is NaN', `${COUNTER}c NaN\n`, 'family c: counter value NaN'],
    ['le on a gauge', `${GAUGE}g{le="1.0"} 1\n`, 'family g: le outside a histogram'],
    [
      'falling buckets',
      `${HISTOGRAM}h_bucket{le="1.0"} 3\nh_bucket{le="+Inf"} 2\n${rest}`,
      'family h: series []: bucket +Inf counts 2',
    ],
    [
      'le that does not ascend',
      `${HISTOGRAM}h_bucket{le="2.0"} 1\nh_bucket{le="1.0"} 1\nh_bucket{le="+Inf"} 2\n${rest}`,
      'family h: series []: le 1.0 does not ascend',
    ],
    [
      'le that is no float',
      `${HISTOGRAM}h_bucket{le="2"} 1\nh_bucket{le="+Inf"} 2\n${rest}`,
      'family h: series []: le 2 is no float',
    ],
    ['no +Inf', `${HISTOGRAM}h_bucket{le="2.0"} 2\n${rest}`, 'family h: series []: no +Inf bucket at the end'],
    [
      '+Inf that is not _count',
      `${HISTOGRAM}h_bucket{le="+Inf"} 3\n${rest}`,
      'family h: series []: +Inf is not _count',
    ],
    [
      'a missing _sum',
      `${HISTOGRAM}h_bucket{le="+Inf"} 2\nh_count 2\n`,
      'family h: series []: samples are _bucket _count',
    ],
    [
      'series that mix',
      `${HISTOGRAM}h_bucket{le="+Inf"} 2\nh_bucket{a="b",le="+Inf"} 2\n${rest}`,
      'family h: series [] in two places',
    ],
  ])('%s', (_name, text, problem) => {
    expect(checkExposition(text, 'text').problems).toContain(problem);
  });
});

describe('the checker refuses, in OpenMetrics,', () => {
  it.each<[string, string, string]>([
    ['no EOF', `${GAUGE}g 1\n`, 'no EOF at the end'],
    ['EOF in between', `# EOF\n${GAUGE}g 1\n# EOF\n`, 'line 1: EOF before the end'],
    [
      'a bare quotation mark in HELP',
      `# HELP g "\n# TYPE g gauge\ng 1\n# EOF\n`,
      'line 1: bare quotation mark in HELP',
    ],
    ['a counter without _total', `${COUNTER}c 1\n# EOF\n`, 'line 3: c has no TYPE before it'],
    [
      'a counter family named _total',
      '# HELP c_total C.\n# TYPE c_total counter\nc_total_total 1\n# EOF\n',
      'family c_total: a counter family whose name keeps _total',
    ],
    ['untyped', '# HELP g G.\n# TYPE g untyped\ng 1\n# EOF\n', 'family g: unknown type untyped'],
    [
      'a unit that the name does not end in',
      `${GAUGE}# UNIT g ms\ng 1\n# EOF\n`,
      'family g: unit ms is not the end of the name',
    ],
    [
      '_total and _created apart',
      `${COUNTER}c_total{a="1"} 1\nc_total{a="2"} 1\nc_created{a="1"} 1\n# EOF\n`,
      'family c: samples of series [["a","1"]] in two places',
    ],
    [
      'two families with one sample name',
      `${COUNTER}c_total 1\nc_created 1\n# HELP c_created C.\n# TYPE c_created gauge\nc_created{a="b"} 1\n# EOF\n`,
      'families c and c_created share c_created',
    ],
  ])('%s', (_name, text, problem) => {
    expect(checkExposition(text, 'openmetrics').problems).toContain(problem);
  });
});
