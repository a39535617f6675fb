<?php

declare(strict_types=1);

namespace Redmeter;

use Closure;
use Redis;
use RedisCluster;
use RedisException;
use RuntimeException;

/**
 * Counters, gauges and histograms that several processes write to Redis together: each recording counts once, whatever fails.
 *
 * Declaring and recording never throw. What cannot be recorded, here or in Redis, is counted by its reason, and logged once for
 * each metric and reason. Nothing is written before flush().
 *
 * @phpstan-import-type Operation from ShardWriter
 */
final class MergeWriter
{
    private int $recorded = 0;
    /** Values of gauges that were replaced before they were sent. */
    private int $coalesced = 0;
    private int $exemplarsDropped = 0;
    private bool $isClosed = false;
    private RedisCalls $redis;
    private DeclaredMetrics $metrics;
    private Drops $drops;
    private Backoff $backoff;
    /** @var list<ShardWriter> */
    private array $shards;
    /** The label `process` of gauges of this mode. */
    private string $process;

    /**
     * @param Closure(): (Redis|RedisCluster) $connect opens a connection, with timeouts; called again after one broke
     * @param ?Closure(string): mixed $log takes a warning; default PHP's error log
     * @param ?WriterFolder $folder where processes that end soon keep their writers for the next ones
     */
    public function __construct(
        Closure $connect,
        private Options $options = new Options(),
        ?Closure $log = null,
        private ?WriterFolder $folder = null,
    ) {
        $this->redis = new RedisCalls($connect);
        $this->metrics = new DeclaredMetrics();
        $this->drops = new Drops($log);
        $this->backoff = new Backoff();
        $this->process = substr((string) gethostname(), 0, 150) . '-' . getmypid() . '-' . bin2hex(random_bytes(4));
        $this->shards = array_map(
            fn (KeySpace $space): ShardWriter => new ShardWriter($space, $options, $this->metrics, $this->drops),
            KeySpace::ofPrefix($options->prefix, $options->shards),
        );
    }

    /** The first declaration of a name stays; one that cannot be is logged, and what is recorded under it is dropped. */
    public function declareCounter(mixed $name, mixed $help = null, mixed $unit = null): void
    {
        $this->declare($name, 'counter', $help, null, $unit);
    }

    /**
     * As declareCounter. The mode `last` keeps the value set last, `process` one value for each process, in the label `process`,
     * and `sum` adds up what all processes add.
     */
    public function declareGauge(mixed $name, mixed $help = null, mixed $unit = null, mixed $mode = 'last'): void
    {
        $this->declare($name, 'gauge', $help, $mode, $unit);
    }

    /** As declareCounter; the bounds are 1 to 200 ascending, finite numbers. */
    public function declareHistogram(mixed $name, mixed $help, mixed $bounds, mixed $unit = null): void
    {
        $this->declare($name, 'histogram', $help, $bounds, $unit);
    }

    /**
     * As declareCounter. A bucket ends at 2**(2**-schema) times its beginning, schema -4 to 8. Values up to the zero threshold, without
     * their sign, count as 0. With more than `maxBuckets`, 1 to 500, the schema is lowered. The bounds are those of classic buckets to
     * keep beside, if any.
     */
    public function declareNativeHistogram(
        mixed $name,
        mixed $help = null,
        mixed $unit = null,
        mixed $schema = 3,
        mixed $zeroThreshold = 2 ** -128,
        mixed $maxBuckets = 160,
        mixed $bounds = null,
    ): void {
        $native = ['schema' => $schema, 'zeroThreshold' => $zeroThreshold, 'maxBuckets' => $maxBuckets];
        $this->declare($name, 'histogram', $help, $bounds, $unit, $native);
    }

    /**
     * Adds a number of at least 0 to a counter, or any number to a gauge of mode `sum`. Labels are texts, numbers or booleans.
     *
     * @param mixed $exemplar labels of an exemplar of a counter, such as ['trace_id' => '…'], of at most 128 characters
     */
    public function add(mixed $name, mixed $value = 1, mixed $labels = [], mixed $exemplar = null): void
    {
        $this->record($name, function () use ($name, $value, $labels, $exemplar): void {
            $family = $this->metrics->find($name, 'counter', 'gauge');
            if (($family['mode'] ?? 'sum') !== 'sum') {
                throw new Refusal('mode_conflict', "expected set() of a gauge of mode {$family['mode']}, got add()");
            }
            $added = SeriesRules::readNumber($value);
            if ($added < 0 && $family['type'] === 'counter') {
                throw new Refusal('invalid_value', 'expected a number of at least 0, got ' . SeriesRules::shown($value));
            }
            $operation = &$this->operation($name, $labels, ['add' => 0]);
            if (!is_finite((float) ($operation['add'] + $added))) {
                throw new Refusal('overflow', 'the sum would be infinite');
            }
            $operation['add'] += $added;
            $operation['recordings']++;
            $this->noteExemplar($name, $operation, $added, $exemplar);
        });
    }

    /** Sets a gauge of mode `last` or `process`. */
    public function set(mixed $name, mixed $value, mixed $labels = []): void
    {
        $this->record($name, function () use ($name, $value, $labels): void {
            $mode = $this->metrics->find($name, 'gauge')['mode'];
            if ($mode === 'sum') {
                throw new Refusal('mode_conflict', 'expected add() of a gauge of mode sum, got set()');
            }
            $number = is_float($value) && !is_finite($value) ? $value : SeriesRules::readNumber($value);
            $ownLabels = $mode === 'process' && is_array($labels) ? ['process' => $this->process] + $labels : $labels;
            $operation = &$this->operation($name, $ownLabels, []);
            $this->coalesced += $operation['recordings'];
            $operation = ['recordings' => 1, 'set' => $number, 'atMs' => ShardWriter::nowMs()] + $operation;
        });
    }

    /** Adds one observation to a histogram. @param mixed $exemplar as of add() */
    public function observe(mixed $name, mixed $value, mixed $labels = [], mixed $exemplar = null): void
    {
        $this->record($name, function () use ($name, $value, $labels, $exemplar): void {
            $family = $this->metrics->find($name, 'histogram');
            $observed = SeriesRules::readNumber($value);
            $operation = &$this->operation($name, $labels, self::noObservations($family));
            if (isset($family['bounds'])) {
                $operation['counts'][self::classicBucket($family['bounds'], $observed)]++;
            }
            if (isset($family['native'])) {
                NativeBuckets::observe($operation['native'], $observed, $family['native']['maxBuckets']);
            }
            $operation['sum'] += $observed;
            $operation['recordings']++;
            $this->noteExemplar($name, $operation, $observed, $exemplar);
        });
    }

    /**
     * Writes all that waits. With shards, one that fails does not keep the others from being written.
     *
     * @throws RedisException when it cannot: then it goes on waiting, and flush() tries again
     * @throws RuntimeException when another software wrote the data in Redis
     */
    public function flush(): void
    {
        $this->takeOver();
        $home = array_filter($this->shards, fn (ShardWriter $shard): bool => $shard->space->isHome);
        $others = array_diff_key($this->shards, $home);
        $failure = null;
        foreach ([...$home, ...$others] as $shard) {
            try {
                // What failed before goes first: until it is written, what is recorded adds up and needs no more memory.
                $shard->sendAll($this->redis);
                // Before the first batch to another shard, one to this has an answer.
                $shard->fillBatches($others !== [] && $shard->space->isHome && !$shard->isBegun);
                $this->save(true);
                $shard->sendAll($this->redis);
            } catch (RedisException | RuntimeException $error) {
                $failure ??= $error;
                if ($shard->space->isHome && !$shard->isBegun) {
                    break;
                }
            }
        }
        $this->backoff->note($failure === null);
        $this->save(false);
        if ($failure !== null) {
            throw $failure;
        }
    }

    /**
     * As flush(), but a failure is only logged, the first of several, and then it waits before it tries again: 0.25 seconds,
     * and twice as long each time, up to 10.
     *
     * @return bool whether all is written
     */
    public function tryToFlush(): bool
    {
        try {
            $this->takeOver();
            if ($this->backoff->isOver()) {
                $this->flush();
                return true;
            }
            $this->save(false);
        } catch (RedisException | RuntimeException $error) {
            if ($this->backoff->isFirst()) {
                $this->drops->log('redmeter: metrics wait until they can be written: ' . SeriesRules::shown($error->getMessage()));
            }
        }
        return false;
    }

    /** Leaves the writer in its folder to the next process, with what waits. Without a folder, as close(). */
    public function leave(): void
    {
        if ($this->folder === null) {
            $this->close();
            return;
        }
        $this->tryToFlush();
        $this->folder->release();
        $this->isClosed = true;
    }

    /** Writes what waits. What cannot be written now, and what is recorded later, is dropped. */
    public function close(): void
    {
        $this->isClosed = true;
        try {
            $this->flush();
        } catch (RedisException | RuntimeException $error) {
            $this->drops->log('redmeter: not all was written: ' . SeriesRules::shown($error->getMessage()));
        }
        foreach ($this->shards as $shard) {
            $shard->dropAll();
        }
    }

    /**
     * Numbers of recordings: `recorded` is the sum of `flushed`, `pending`, `coalesced` and those in `dropped`, by reason. With a
     * folder, from the first flush() on, those of all processes that had the writer. `exemplarsDropped` is the number of exemplars
     * that were left out; their recordings count.
     *
     * @return array{recorded: int, flushed: int, pending: int, coalesced: int, dropped: array<string, int>, exemplarsDropped: int}
     */
    public function statistics(): array
    {
        $sum = fn (Closure $of): int => array_sum(array_map($of, $this->shards));
        $lost = $sum(fn (ShardWriter $shard): int => $shard->lost);
        return [
            'recorded' => $this->recorded,
            'flushed' => $sum(fn (ShardWriter $shard): int => $shard->held),
            'pending' => $sum(fn (ShardWriter $shard): int => $shard->pending()),
            'coalesced' => $this->coalesced,
            'dropped' => $this->drops->byReason + ($lost > 0 ? ['lost' => $lost] : []),
            'exemplarsDropped' => $this->exemplarsDropped,
        ];
    }

    /** @throws RuntimeException when the folder cannot be written */
    private function takeOver(): void
    {
        if ($this->folder === null || $this->folder->isTaken()) {
            return;
        }
        $state = $this->folder->take("{$this->options->prefix}-{$this->options->shards}");
        if ($state === null) {
            return;
        }
        foreach ($this->shards as $i => $shard) {
            $this->coalesced += $shard->goOnFrom($state['shards'][$i]);
        }
        $this->recorded += $state['recorded'];
        $this->coalesced += $state['coalesced'];
        $this->exemplarsDropped += $state['exemplarsDropped'] ?? 0;
        $this->drops->addAll($state['dropped']);
        $this->backoff = new Backoff(...$state['backoff']);
    }

    private function save(bool $isSending): void
    {
        $this->folder?->save([
            ...['recorded' => $this->recorded, 'coalesced' => $this->coalesced, 'dropped' => $this->drops->byReason],
            ...['exemplarsDropped' => $this->exemplarsDropped, 'backoff' => $this->backoff->state()],
            'shards' => array_map(fn (ShardWriter $shard): array => $shard->state($isSending), $this->shards),
        ]);
    }

    /** The connection, for what is no call of the writer. @throws RedisException where there is none, or it is a cluster's */
    public function connection(): Redis
    {
        return $this->redis->single();
    }

    public function prefix(): string
    {
        return $this->options->prefix;
    }

    public function log(string $line): void
    {
        $this->drops->log($line);
    }

    /** @param Closure(): void $change throws a Refusal where it cannot */
    private function record(mixed $name, Closure $change): void
    {
        $this->recorded++;
        try {
            if ($this->isClosed) {
                throw new Refusal('closed', 'expected no recording after close()');
            }
            $change();
        } catch (Refusal $refusal) {
            $this->drops->add($name, $refusal);
        }
    }

    /**
     * @param array<string, mixed> $empty
     * @return Operation
     * @throws Refusal
     */
    private function &operation(string $name, mixed $labels, array $empty): array
    {
        $part = SeriesRules::labelPart($labels);
        $rest = "{$this->metrics->families[$name]['type']}:" . SeriesRules::encodeName($name) . ($part === '' ? '' : ":$part");
        $shard = $this->shards[KeySpace::shardOf("{$this->options->prefix}:$rest", $this->options->shards)];
        $key = $shard->space->series($rest);
        if (!isset($shard->waiting[$key])) {
            if (count($shard->waiting) >= $this->options->maxSeries) {
                throw new Refusal('series_limit', "expected at most {$this->options->maxSeries} series that wait to be written");
            }
            $shard->waiting[$key] = ['name' => $name, 'recordings' => 0] + $empty;
        }
        return $shard->waiting[$key];
    }

    /**
     * @param array<string, mixed> $family
     * @return array<string, mixed> of an operation
     */
    private static function noObservations(array $family): array
    {
        $native = isset($family['native']) ? ['native' => NativeBuckets::none($family['native'])] : [];
        $classic = isset($family['bounds']) ? ['counts' => array_fill(0, count($family['bounds']) + 1, 0)] : [];
        return ['sum' => 0] + $native + $classic;
    }

    /** @param list<int|float> $bounds */
    private static function classicBucket(array $bounds, int|float $value): int
    {
        $bucket = 0;
        // A bucket holds what is at most its bound.
        while ($bucket < count($bounds) && $value > $bounds[$bucket]) {
            $bucket++;
        }
        return $bucket;
    }

    /**
     * One that cannot be sent costs only itself: the recording counts.
     *
     * @param Operation $operation
     */
    private function noteExemplar(string $name, array &$operation, int|float $value, mixed $exemplar): void
    {
        if ($exemplar === null) {
            return;
        }
        try {
            $bucket = $this->exemplarBucket($this->metrics->families[$name], $value);
            $labels = Exemplars::readLabels($exemplar);
        } catch (Refusal $refusal) {
            $this->exemplarsDropped++;
            $this->drops->tell($name, $refusal->reason, "left out: {$refusal->getMessage()}");
            return;
        }
        if ($labels !== []) {
            $newest = [$bucket => ['labels' => $labels, 'value' => $value, 'atMs' => ShardWriter::nowMs()]];
            $operation['exemplars'] = Exemplars::together($operation['exemplars'] ?? [], $newest);
        }
    }

    /**
     * A number for each bucket of which the newest exemplar is kept; a counter has one.
     *
     * @param array<string, mixed> $family
     * @throws Refusal for a gauge
     */
    private function exemplarBucket(array $family, int|float $value): int
    {
        return match (true) {
            $family['type'] === 'counter' => 0,
            $family['type'] === 'gauge' => throw new Refusal('exemplar', 'expected one of a counter or a histogram, got one of a gauge'),
            isset($family['native']) => NativeBuckets::bucketOf($family['native'], $value),
            default => self::classicBucket($family['bounds'], $value),
        };
    }

    /** @param ?array<string, mixed> $native */
    private function declare(mixed $name, string $type, mixed $help, mixed $shape, mixed $unit, ?array $native = null): void
    {
        try {
            foreach ($this->metrics->declare($name, $type, $help, $shape, $unit, $native) as $problem) {
                $this->drops->tell($name, 'definition', $problem);
            }
        } catch (Refusal $refusal) {
            $this->drops->tell($name, $refusal->reason, "not declared: {$refusal->getMessage()}");
        }
    }
}
