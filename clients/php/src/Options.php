<?php

declare(strict_types=1);

namespace Redmeter;

use InvalidArgumentException;

/** Settings of a writer. */
final class Options
{
    /** When the writer began, by a clock that is never set back. */
    public readonly float $startedMs;

    /**
     * @param string $prefix of all keys
     * @param int $ttlMs how long a series lives without a writer, in milliseconds; 30 minutes unless given
     * @param int $shards of a Redis Cluster; 1 for one Redis
     * @param int $maxSeries that wait to be written at a time; further ones are dropped and counted
     * @param int $gaugeLeaseMs how long a gauge of mode `process` lives when its process does not flush
     * @param int $recentBatches how many answered batches are kept, to be sent again when Redis loses them
     * @throws InvalidArgumentException for a setting that cannot be
     */
    public function __construct(
        public readonly string $prefix = 'metrics',
        public readonly int $ttlMs = 1_800_000,
        public readonly int $shards = 1,
        public readonly int $maxSeries = 50_000,
        public readonly int $gaugeLeaseMs = 15_000,
        public readonly int $recentBatches = 64,
    ) {
        $this->startedMs = ShardWriter::nowMs();
        if (!SeriesRules::isPrefix($prefix)) {
            $got = SeriesRules::shown($prefix);
            throw new InvalidArgumentException("prefix: expected letters, digits, \"_\", \".\" and \"-\", not ending in \"-meta\", got $got");
        }
        foreach (['ttlMs', 'shards', 'maxSeries', 'gaugeLeaseMs', 'recentBatches'] as $name) {
            if ($this->$name < 1) {
                throw new InvalidArgumentException("$name: expected a whole number of at least 1, got {$this->$name}");
            }
        }
    }
}
