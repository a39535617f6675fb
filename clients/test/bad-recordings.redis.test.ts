import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { encodeLabelValue } from '@redmeter/metric-format';
import { interpreter } from './interpreter.js';

const run = promisify(execFile);
const clients = join(__dirname, '..');

/** What the programs drop alike; in other values the languages differ. */
const DROPPED = {
  reserved_label: 7,
  label_value_too_long: 3,
  too_many_labels: 1,
  undeclared: 28,
  type_conflict: 3,
  invalid_buckets: 1,
  overflow: 1,
  wrong_redis_type: 1,
  unreadable_value: 1,
  refused: 4,
};

const languages = {
  Python: {
    run: (port: number) =>
      run(interpreter('python-redis'), [
        ...['-B', join(clients, 'python/test/bad_recordings.py')],
        `redis://127.0.0.1:${port}`,
      ]),
    dropped: { ...DROPPED, invalid_value: 28, invalid_label_name: 4, invalid_label_value: 9 },
  },
  PHP: {
    run: (port: number) =>
      run(interpreter('php-redis'), [join(clients, 'php/test/bad-recordings.php'), '127.0.0.1', `${port}`]),
    dropped: { ...DROPPED, invalid_value: 21, invalid_label_name: 9, invalid_label_value: 8 },
  },
};

const server = useRedisServer({ flushBeforeEach: true });

describe.each(Object.entries(languages))('%s', (_name, { run: record, dropped }) => {
  it('drops what cannot be recorded, says so, and writes all the rest, exactly', async () => {
    await server.client.rpush('metrics:counter:taken', 'x');
    await server.client.set('metrics:counter:unreadable', 'garbage');
    await server.client.set('metrics-meta:family:conflict', '{"type":"gauge","mode":"last","declared":1}');
    const { stdout, stderr } = await record(server.port);
    const printed = JSON.parse(stdout) as { readonly rounds: number };
    expect(printed).toEqual({ rounds: expect.any(Number), lost: 0, dropped });

    const stored: Record<string, unknown> = {};
    for (const key of await server.client.keys('metrics:*')) {
      const text = (await server.client.get(key)) ?? '';
      stored[key.replace('metrics:', '')] = text.startsWith('{') ? JSON.parse(text) : text;
    }
    const odd = encodeLabelValue('ä,=:{}%"\\\n\u0085');
    expect(stored).toEqual({
      'counter:jobs': expect.objectContaining({ value: printed.rounds }),
      'counter:jobs:queue=good': expect.objectContaining({ value: 2.5 }),
      'counter:jobs:a=2,is_new=true,name=n,self=0.5,z=1': expect.objectContaining({ value: 1 }),
      [`counter:jobs:queue=${odd}`]: expect.objectContaining({ value: 1 }),
      'counter:jobs:1st=true,http.method=GET,ä%3A%2C%3D=1': expect.objectContaining({ value: 1 }),
      'counter:jobs.ä%3A%2C%7B%7D': expect.objectContaining({ value: 2 }),
      'counter:huge': expect.objectContaining({ value: 1e308 }),
      'counter:taken': expect.objectContaining({ value: 4 }),
      'counter:unreadable': 'garbage',
      'histogram:took_ms': expect.objectContaining({ counts: [1, 1, 0], sum: 5 }),
      'histogram:took_ms:queue=huge': expect.objectContaining({ counts: [0, 0, 2], sum: '+Inf' }),
    });
    expect(printed.rounds).toBeGreaterThan(100);

    for (const [reason, what] of [
      ['invalid_value', /jobs.*expected a finite number, got nan/i],
      ['reserved_label', /label ["']job["']/],
      ['label_value_too_long', /1024 bytes, got ["']x{80}["']$/],
      ['wrong_redis_type', /metrics:counter:taken.*list/],
      ['type_conflict', /metrics:counter:conflict.*gauge/],
      ['unreadable_value', /7 garbage/],
      ['refused', /ascending, finite bounds/],
    ] as const) {
      const lines = stderr.split('\n').filter((line) => line.includes(`: ${reason}: `));
      expect(lines.filter((line) => what.test(line))).toHaveLength(1);
    }
    expect(stderr.split('\n').every((line) => line.length < 500)).toBe(true);
  });
});
