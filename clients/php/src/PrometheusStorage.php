<?php

declare(strict_types=1);

namespace Redmeter;

use Prometheus\Exception\StorageException;
use Prometheus\MetricFamilySamples;
use Prometheus\Storage\Adapter;
use RedisException;

/**
 * A storage of promphp/prometheus_client_php. What is recorded waits in this process and goes to Redis in batches, which count
 * once even when an answer is lost: at the end of the request, and before that after some seconds or recordings.
 *
 * - A Redis that is down breaks nothing: recordings wait, and what is dropped is counted (MergeWriter::statistics()).
 * - A gauge is either set or incremented: its first use decides, for all processes.
 * - A summary becomes the counters `<name>_count` and `<name>_sum`; for percentiles use a histogram.
 */
final class PrometheusStorage implements Adapter
{
    /** @var array<string, mixed> buckets of the histograms that are declared, by name */
    private array $buckets = [];
    private int $sinceFlush = 0;
    private float $flushedMs;

    /**
     * @param int $flushIntervalMs how long recordings wait, in a process that runs longer than a request
     * @param int $flushRecordings how many recordings wait
     */
    public function __construct(
        private MergeWriter $writer,
        private int $flushIntervalMs = 5000,
        private int $flushRecordings = 10_000,
    ) {
        $this->flushedMs = ShardWriter::nowMs();
        register_shutdown_function($this->writer->leave(...));
    }

    /** @param mixed[] $data */
    public function updateCounter(array $data): void
    {
        $this->writer->declareCounter($data['name'], $data['help']);
        if ($data['command'] === Adapter::COMMAND_SET) {
            // A counter of several processes is set back by none of them.
            return;
        }
        $this->writer->add($data['name'], $data['value'], self::labels($data));
        $this->noteRecording();
    }

    /** @param mixed[] $data */
    public function updateGauge(array $data): void
    {
        $isSet = $data['command'] === Adapter::COMMAND_SET;
        $this->writer->declareGauge($data['name'], $data['help'], null, $isSet ? 'last' : 'sum');
        if ($isSet) {
            $this->writer->set($data['name'], $data['value'], self::labels($data));
        } else {
            $this->writer->add($data['name'], $data['value'], self::labels($data));
        }
        $this->noteRecording();
    }

    /** @param mixed[] $data */
    public function updateHistogram(array $data): void
    {
        if (($this->buckets[$data['name']] ?? null) !== $data['buckets']) {
            $this->writer->declareHistogram($data['name'], $data['help'], $data['buckets']);
            $this->buckets[$data['name']] = $data['buckets'];
        }
        $this->writer->observe($data['name'], $data['value'], self::labels($data));
        $this->noteRecording();
    }

    /** @param mixed[] $data */
    public function updateSummary(array $data): void
    {
        foreach (['_count' => 1, '_sum' => $data['value']] as $suffix => $added) {
            $this->writer->declareCounter($data['name'] . $suffix, $data['help']);
            $this->writer->add($data['name'] . $suffix, $added, self::labels($data));
        }
        $this->noteRecording();
    }

    /**
     * All metrics under the prefix, of all processes and languages. What waits here is written before. Not for a Redis Cluster:
     * there, use an exporter.
     *
     * @return MetricFamilySamples[]
     * @throws StorageException when Redis cannot be read
     */
    public function collect(): array
    {
        $this->writer->tryToFlush();
        try {
            $families = RedisReader::read($this->writer->connection(), $this->writer->prefix());
        } catch (RedisException $error) {
            throw new StorageException("expected Redis to answer, got {$error->getMessage()}", 0, $error);
        }
        return array_map(fn (array $family): MetricFamilySamples => new MetricFamilySamples($family), $families);
    }

    /**
     * Deletes all keys under the prefix, of other writers too. Not for a Redis Cluster.
     *
     * @throws StorageException
     */
    public function wipeStorage(): void
    {
        $this->writer->tryToFlush();
        try {
            $redis = $this->writer->connection();
            foreach (["{$this->writer->prefix()}:*", "{$this->writer->prefix()}-meta:*"] as $pattern) {
                $cursor = null;
                do {
                    $keys = $redis->scan($cursor, $pattern, 1000);
                    if (is_array($keys) && $keys !== []) {
                        $redis->unlink($keys);
                    }
                } while ($cursor > 0);
            }
        } catch (RedisException $error) {
            throw new StorageException("expected Redis to delete the metrics, got {$error->getMessage()}", 0, $error);
        }
    }

    private function noteRecording(): void
    {
        $this->sinceFlush++;
        if ($this->sinceFlush < $this->flushRecordings && ShardWriter::nowMs() - $this->flushedMs < $this->flushIntervalMs) {
            return;
        }
        $this->sinceFlush = 0;
        $this->flushedMs = ShardWriter::nowMs();
        $this->writer->tryToFlush();
    }

    /**
     * @param mixed[] $data
     * @return array<string, mixed>
     */
    private static function labels(array $data): array
    {
        return array_combine($data['labelNames'], $data['labelValues']);
    }
}
