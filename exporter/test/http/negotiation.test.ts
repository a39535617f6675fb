import { describe, expect, it } from '@jest/globals';
import { contentTypeOf, type Format } from '../../src/exposition/format.js';
import { negotiateEncoding, negotiateFormat } from '../../src/http/negotiation.js';

describe('the format', () => {
  const OM = 'application/openmetrics-text';
  const PROTO = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
  it.each<[string, string | undefined, Format]>([
    ['protobuf by name', PROTO, 'protobuf'],
    [
      'protobuf in other words',
      'Application/Vnd.Google.Protobuf; encoding="delimited"; proto="io.prometheus.client.MetricFamily"',
      'protobuf',
    ],
    ['protobuf of another message', 'application/vnd.google.protobuf;proto=a.B;encoding=delimited', 'text'],
    [
      'protobuf as text',
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text',
      'text',
    ],
    ['protobuf of no message', 'application/vnd.google.protobuf', 'text'],
    ['protobuf refused', `${PROTO};q=0,${OM};q=0.1`, 'openmetrics'],
    ['protobuf liked less', `${PROTO};q=0.3,${OM};q=0.4`, 'openmetrics'],
    ['any application type', 'application/*', 'text'],
    [
      'Prometheus 3 that takes native histograms',
      `${PROTO};q=0.6,${OM};version=1.0.0;escaping=allow-utf-8;q=0.5,${OM};version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1`,
      'protobuf',
    ],
    [
      'Prometheus 2.42 that takes native histograms',
      `${PROTO},${OM};version=1.0.0;q=0.8,${OM};version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
      'protobuf',
    ],
    ['no header', undefined, 'text'],
    ['an empty header', '', 'text'],
    ['anything', '*/*', 'text'],
    ['a browser', 'text/html,application/xhtml+xml,*/*;q=0.8', 'text'],
    ['OpenMetrics by name', `${OM};version=1.0.0`, 'openmetrics'],
    ['OpenMetrics without a version', OM, 'openmetrics'],
    ['OpenMetrics in capitals', 'Application/OpenMetrics-Text; Version=1.0.0', 'openmetrics'],
    ['a version in quotes', `${OM}; version="1.0.0"`, 'openmetrics'],
    ['only a version of OpenMetrics that is not ours', `${OM};version=0.0.1`, 'text'],
    ['OpenMetrics refused', `${OM};q=0`, 'text'],
    ['text liked better', `${OM};q=0.5,text/plain;version=0.0.4;q=0.9`, 'text'],
    ['both liked alike, text first', `text/plain,${OM}`, 'text'],
    ['both liked alike, OpenMetrics first', `${OM},text/plain`, 'openmetrics'],
    ['a range liked better', `${OM};q=0.5,*/*;q=0.9`, 'text'],
    ['a range liked better, but text by name less', `${OM};q=0.5,*/*;q=0.9,text/plain;q=0.1`, 'openmetrics'],
    ['a broken quality', `${OM};q=high,text/plain;q=0.1`, 'text'],
    [
      'Prometheus 2.42',
      `${OM};version=1.0.0,${OM};version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
      'openmetrics',
    ],
    [
      'Prometheus 3',
      `${OM};version=1.0.0;escaping=allow-utf-8;q=0.6,${OM};version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2`,
      'openmetrics',
    ],
    [
      'Prometheus 3 asked for text 1.0.0 first',
      `text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.2`,
      'text',
    ],
  ])('for %s', (_name, accept, format) => {
    expect(negotiateFormat(accept).format).toBe(format);
  });
});

describe('the escaping of names', () => {
  const OM = 'application/openmetrics-text;version=1.0.0';
  const PROTO = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
  it.each<[string, string | undefined, string]>([
    ['no header', undefined, 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'],
    [
      'Prometheus 2.42',
      `${OM},text/plain;version=0.0.4;q=0.5`,
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
    ],
    [
      'OpenMetrics',
      `${OM};escaping=allow-utf-8`,
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8',
    ],
    ['dots', `${OM}; escaping=dots`, 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=dots'],
    ['values', 'text/plain;escaping="values"', 'text/plain; version=0.0.4; charset=utf-8; escaping=values'],
    [
      'an unknown one',
      `${OM};escaping=punycode`,
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
    ],
    [
      'text 1.0.0',
      'text/plain;version=1.0.0;escaping=allow-utf-8',
      'text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8',
    ],
    [
      'text 1.0.0 without one',
      'text/plain;version=1.0.0',
      'text/plain; version=1.0.0; charset=utf-8; escaping=underscores',
    ],
    [
      'its own before that of another format',
      `text/plain;version=0.0.4;escaping=underscores;q=0.9,${OM};escaping=allow-utf-8;q=0.5`,
      'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
    ],
    [
      'Prometheus 3 with protobuf, which names it with other formats only',
      `${PROTO};q=0.6,${OM};escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1`,
      'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=allow-utf-8',
    ],
    [
      'protobuf without one',
      PROTO,
      'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores',
    ],
    [
      'one of a format that is refused',
      `${OM};escaping=allow-utf-8;q=0,text/plain`,
      'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
    ],
    [
      'one of a format that it does not have',
      'text/html;escaping=allow-utf-8,text/plain;q=0.5',
      'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
    ],
  ])('for %s', (_name, accept, contentType) => {
    expect(contentTypeOf(negotiateFormat(accept))).toBe(contentType);
  });
});

describe('the encoding', () => {
  it.each<[string | undefined, 'gzip' | 'identity']>([
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['br, gzip;q=0.5', 'gzip'],
    ['br', 'identity'],
    ['*', 'gzip'],
    ['gzip;q=0', 'identity'],
    ['gzip;q=0, *', 'identity'],
    ['identity, gzip;q=0.5', 'identity'],
    ['identity;q=0, gzip;q=0.1', 'gzip'],
  ])('for %s', (header, encoding) => {
    expect(negotiateEncoding(header)).toBe(encoding);
  });
});
