<?php

// Adds to counters: php record-series.php <port> <shards>. Reads a JSON list of {"name", "labels", "value"}; prints the statistics.

declare(strict_types=1);

use Redmeter\MergeWriter;
use Redmeter\Options;

require __DIR__ . '/autoload.php';

[, $port, $shards] = $argv;
$connect = function () use ($port, $shards): Redis|RedisCluster {
    if ((int) $shards > 1) {
        return new RedisCluster(null, ["127.0.0.1:$port"], 5, 5);
    }
    $redis = new Redis();
    $redis->connect('127.0.0.1', (int) $port, 5, null, 0, 5);
    return $redis;
};
$writer = new MergeWriter($connect, new Options(shards: (int) $shards));
foreach (json_decode((string) stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR) as $recording) {
    $writer->declareCounter($recording['name'], 'For the test.');
    $writer->add($recording['name'], $recording['value'], $recording['labels']);
}
while (true) {
    try {
        $writer->flush();
        break;
    } catch (RedisException $error) {
        fwrite(STDERR, "sending again: {$error->getMessage()}\n");
        usleep(50_000);
    }
}
echo json_encode($writer->statistics(), JSON_THROW_ON_ERROR);
