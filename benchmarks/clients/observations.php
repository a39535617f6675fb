<?php

// What an observation costs a process: observations.php <redmeter | promphp> <port> <observations>; prints microseconds, those in
// which it waits for Redis too, or `missing` where promphp/prometheus_client_php is not installed (composer install in clients/php).

declare(strict_types=1);

use Prometheus\Storage\Redis as PromPhpRedis;
use Redmeter\MergeWriter;
use Redmeter\PrometheusStorage;

[, $kind, $port, $count] = $argv;
require __DIR__ . '/../../clients/php/test/autoload.php';
if ($kind === 'promphp' && !class_exists(PromPhpRedis::class)) {
    exit('missing');
}
require __DIR__ . '/../../clients/php/test/promphp/declarations.php';

$connect = function () use ($port): Redis {
    $redis = new Redis();
    $redis->connect('127.0.0.1', (int) $port, 5, null, 0, 5);
    return $redis;
};
$storage = $kind === 'promphp'
    ? new PromPhpRedis(['host' => '127.0.0.1', 'port' => (int) $port])
    : new PrometheusStorage(new MergeWriter($connect));
// As the classes of the library give it to their storage.
$data = ['name' => 'took_seconds', 'help' => 'Time.', 'type' => 'histogram', 'labelNames' => ['path'], 'labelValues' => ['/join']];
$data['buckets'] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
$best = INF;
for ($round = 0; $round < 5; $round++) {
    $start = hrtime(true);
    for ($i = 0; $i < (int) $count; $i++) {
        $storage->updateHistogram(['value' => $i % 10] + $data);
    }
    $best = min($best, (hrtime(true) - $start) / (int) $count / 1000);
}
echo $best;
