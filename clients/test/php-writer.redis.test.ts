import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { freePort } from '@redmeter/test-servers';
import { temporaryFolder, useRedisServer } from '@redmeter/test-servers/jest';
import { clients, php, runProgram } from './run-program.js';

const server = useRedisServer({ flushBeforeEach: true });

/** Runs code with `$connect`, which takes a port, and the arguments from `$argv[1]` on; what it prints is JSON. */
async function runCode(code: string, ...args: readonly string[]): Promise<{ out: unknown; err: string }> {
  const [program = '', ...options] = php('test').slice(0, -1);
  const head = `require '${join(clients, 'php/test/autoload.php')}';
    use Redmeter\\MergeWriter; use Redmeter\\Options; use Redmeter\\WriterFolder;
    $connect = fn (string $port): Closure => function () use ($port): Redis {
        $redis = new Redis();
        $redis->connect('127.0.0.1', (int) $port, 5, null, 0, 5);
        return $redis;
    };
    $log = fn (string $line): int|false => fwrite(STDERR, "$line\\n");`;
  const { out, err } = await runProgram([program, ...options, '-r', head + code, ...args]);
  return { out: JSON.parse(out), err };
}

async function stored(key: string): Promise<unknown> {
  return JSON.parse((await server.client.get(`metrics:${key}`)) ?? 'null');
}

it('takes over native observations and exemplars that earlier processes could not write', async () => {
  const { out } = await runCode(
    `[, $folder, $away, $port] = $argv;
     foreach ([$away, $away, $port] as $process => $where) {
         $writer = new MergeWriter($connect($where), new Options(), $log, new WriterFolder($folder));
         $writer->declareNativeHistogram('sizes', schema: 5, maxBuckets: 3, bounds: [1, 10]);
         $writer->declareCounter('jobs');
         $writer->add('jobs', 1, [], ['id' => "job $process"]);
         foreach ([2 ** $process, -0.5, 0] as $size) {
             $writer->observe('sizes', $size, [], ['id' => "$size of $process"]);
         }
         $where === $port ? $writer->flush() : $writer->leave();
         usleep(500_000); // What is newest is told by ages, to which a busy machine adds the time that a call takes.
     }
     echo json_encode($writer->statistics());`,
    ...[join(temporaryFolder(), 'writers'), `${await freePort()}`, `${server.port}`],
  );
  expect(out).toMatchObject({ recorded: 12, flushed: 12, pending: 0, exemplarsDropped: 0 });
  expect(await stored('counter:jobs')).toMatchObject({ value: 3, exemplars: [{ labels: { id: 'job 2' }, value: 1 }] });
  const sizes = (await stored('histogram:sizes')) as { exemplars: { labels: { id: string } }[] };
  // 1, 2 and 4 and the negative one need four buckets: of schema -1, 2 and 4 share one.
  expect(sizes).toMatchObject({
    ...{ count: 9, sum: 5.5, schema: -1, zeroCount: 3, counts: [7, 2, 0] },
    positive: { indexes: [0, 1], counts: [1, 2] },
    negative: { indexes: [0], counts: [3] },
  });
  expect(sizes.exemplars.map(({ labels: { id } }) => id).sort()).toEqual(
    ['-0.5 of 2', '0 of 2', '1 of 0', '4 of 2'].sort(),
  );
});

it('leaves out exemplars that are none, says so, and counts their recordings', async () => {
  const { out, err } = await runCode(
    `$writer = new MergeWriter($connect($argv[1]), new Options(), $log);
     $writer->declareCounter('counter');
     $writer->declareGauge('gauge', null, null, 'sum');
     $bad = [['a b' => 'x'], ['' => 'x'], ['id' => str_repeat('x', 127)], ['id' => null], ['id' => "\\xff"], ['x'], 5, 'text', $writer];
     foreach ($bad as $exemplar) {
         $writer->add('counter', 1, [], $exemplar);
     }
     $writer->add('counter', 1, [], []);
     $writer->add('counter', 1, [], ['id' => '']);
     $writer->add('gauge', 1, [], ['id' => 'x']);
     $writer->close();
     $writer->add('counter', 1, [], ['id' => 'x']);
     echo json_encode($writer->statistics());`,
    `${server.port}`,
  );
  expect(out).toMatchObject({ flushed: 12, dropped: { closed: 1 }, exemplarsDropped: 10 });
  expect(await stored('counter:counter')).toMatchObject({ value: 11 });
  expect(await stored('counter:counter')).not.toHaveProperty('exemplars');
  expect(err).toContain('metric "counter": left out: exemplar: expected names of letters, digits and _ with text');
  expect(err).toContain('metric "gauge": left out: exemplar: expected one of a counter or a histogram');
});
