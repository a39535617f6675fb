<?php

// One request of a service, as promphp/prometheus_client_php calls its storage.
// php storage.php <port> <folder of writers, or -> <jobs>; prints the statistics as JSON, and with `collect` what Redis has.

declare(strict_types=1);

use Prometheus\MetricFamilySamples;
use Prometheus\Storage\Adapter;
use Redmeter\MergeWriter;
use Redmeter\Options;
use Redmeter\PrometheusStorage;
use Redmeter\WriterFolder;

require __DIR__ . '/autoload.php';
require __DIR__ . '/promphp/declarations.php';

[, $port, $folder, $jobs] = $argv;
$connect = function () use ($port): Redis {
    $redis = new Redis();
    $redis->connect('127.0.0.1', (int) $port, 1, null, 0, 1);
    return $redis;
};
$log = fn (string $line) => fwrite(STDERR, "$line\n");
$writer = new MergeWriter($connect, new Options(), $log, $folder === '-' ? null : new WriterFolder($folder));
$storage = new PrometheusStorage($writer);
// As the classes of the library give it to their storage.
$data = fn (string $type, string $name, int|float $value): array => [
    ...['name' => "shop_$name", 'help' => "Of $name.", 'type' => $type, 'value' => $value],
    ...['labelNames' => ['queue'], 'labelValues' => ['mail, "urgent"']],
];
$counter = ['command' => Adapter::COMMAND_INCREMENT_INTEGER];
for ($job = 0; $job < (int) $jobs; $job++) {
    $storage->updateCounter($data('counter', 'jobs_total', 1) + $counter);
    $storage->updateHistogram($data('histogram', 'took_ms', $job % 40) + ['buckets' => [5, 10, 25]]);
    $storage->updateSummary($data('summary', 'size', 2.5) + ['maxAgeSeconds' => 60, 'quantiles' => [0.5]]);
    $storage->updateGauge($data('gauge', 'level', $job) + ['command' => Adapter::COMMAND_SET]);
    $storage->updateGauge($data('gauge', 'waiting', 0.5) + ['command' => Adapter::COMMAND_INCREMENT_FLOAT]);
}
if (($argv[4] ?? '') === 'collect') {
    $families = $storage->collect();
    // The library gives them by methods, the declaration as they are.
    echo json_encode(array_map(fn (MetricFamilySamples $each): array => $each->data, $families), JSON_THROW_ON_ERROR);
} elseif (($argv[4] ?? '') === 'wipe') {
    $storage->wipeStorage();
} else {
    // After the storage, which writes at the end.
    register_shutdown_function(fn () => print json_encode($writer->statistics(), JSON_THROW_ON_ERROR));
}
