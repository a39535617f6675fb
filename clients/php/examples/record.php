<?php

// Records as the other examples do: php clients/php/examples/record.php [host] [port] [prefix] [rounds]
// Needs the extension redis: pecl install redis, or Debian's php-redis.

declare(strict_types=1);

use Redmeter\MergeWriter;
use Redmeter\Options;

require __DIR__ . '/../test/autoload.php';

const PER_ROUND = 100;

[$host, $port, $prefix, $rounds] = array_slice($argv, 1) + ['127.0.0.1', '6379', 'metrics', '10'];
$connect = function () use ($host, $port): Redis {
    $redis = new Redis();
    $redis->connect($host, (int) $port, 5, null, 0, 5);
    return $redis;
};
$writer = new MergeWriter($connect, new Options($prefix));
$writer->declareCounter('jobs_done', 'Jobs that were done.');
$writer->declareHistogram('job_ms', 'Time that a job took.', [5, 10, 25], 'ms');
for ($round = 0; $round < (int) $rounds; $round++) {
    for ($job = 0; $job < PER_ROUND; $job++) {
        $writer->add('jobs_done', 1, ['queue' => 'mail, urgent']);
        $writer->observe('job_ms', $job % 40, ['queue' => 'mail, urgent']);
    }
    while (true) {
        try {
            $writer->flush();
            break;
        } catch (RedisException $error) {
            fwrite(STDERR, "sending again: {$error->getMessage()}\n");
            usleep(10_000);
        }
    }
}
printf("recorded %d, lost %d\n", (int) $rounds * PER_ROUND, $writer->statistics()['dropped']['lost'] ?? 0);
