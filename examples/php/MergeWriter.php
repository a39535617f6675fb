<?php

declare(strict_types=1);

/**
 * Counters and histograms written as the merge script takes them: each recording counts once, whatever fails.
 *
 * Copy this file and packages/redis-metrics/lua/merge.lua. The contract is packages/redis-metrics/docs/merge-script.md.
 * Needs the extension redis (phpredis).
 */
final class MergeWriter
{
    private const SERIES_PER_BATCH = 100;
    /** Redis may lose what it answered in the last seconds. What is older is only counted. */
    private const RECENT_BATCHES = 64;

    /** Recordings that could not be kept exactly once. */
    public int $lost = 0;

    private string $sha;
    /** For life, as the numbers of batches: so any state of Redis, however old, says which of them are in it. */
    private string $incarnation;
    private string $dataset = '';
    private float $startedMs;
    private int $nextNumber = 1;
    /** How many recordings Redis holds of this writer. */
    private int $held = 0;
    /** The batch that Redis stands at, where it lost some after it that cannot be sent again. */
    private ?int $resumeAfter = null;
    /** @var array<string, array<string, mixed>> by name */
    private array $families = [];
    /** @var array<string, array<string, mixed>> by key */
    private array $waiting = [];
    /** @var list<array<string, mixed>> to send, the oldest first */
    private array $batches = [];
    /** @var list<array<string, mixed>> answered, the oldest first */
    private array $recent = [];

    /** @param Closure(): Redis $connect opens a connection; called again after one broke */
    public function __construct(
        private Closure $connect,
        private string $script,
        private string $prefix = 'metrics',
        private int $ttlMs = 1_800_000,
        private ?Redis $redis = null,
    ) {
        $this->sha = sha1($script);
        $this->startedMs = self::nowMs();
        $this->incarnation = bin2hex(random_bytes(16));
    }

    public function declareCounter(string $name, string $help): void
    {
        $this->families[$name] = ['type' => 'counter', 'help' => $help];
    }

    /** @param list<float> $bounds ascending */
    public function declareHistogram(string $name, string $help, array $bounds, ?string $unit = null): void
    {
        $this->families[$name] = ['type' => 'histogram', 'help' => $help, 'bounds' => $bounds];
        if ($unit !== null) {
            $this->families[$name]['unit'] = $unit;
        }
    }

    /** Adds to a counter; the value is at least 0. @param array<string, string> $labels */
    public function add(string $name, float $value = 1, array $labels = []): void
    {
        $operation = &$this->operation($name, $labels, ['add' => 0]);
        $operation['add'] += $value;
        $operation['recordings']++;
    }

    /** Adds one observation to a histogram. @param array<string, string> $labels */
    public function observe(string $name, float $value, array $labels = []): void
    {
        $bounds = $this->families[$name]['bounds'];
        $operation = &$this->operation($name, $labels, ['counts' => array_fill(0, count($bounds) + 1, 0), 'sum' => 0]);
        $bucket = 0;
        // A bucket holds what is at most its bound.
        while ($bucket < count($bounds) && $value > $bounds[$bucket]) {
            $bucket++;
        }
        $operation['counts'][$bucket]++;
        $operation['sum'] += $value;
        $operation['recordings']++;
    }

    /** Writes all that waits. @throws RedisException when it cannot: then it goes on waiting, and flush() tries again */
    public function flush(): void
    {
        foreach (array_chunk($this->waiting, self::SERIES_PER_BATCH, true) as $series) {
            $this->batches[] = [
                'number' => $this->nextNumber++,
                'madeMs' => self::nowMs(),
                'series' => $series,
                'answered' => false,
            ];
        }
        $this->waiting = [];
        while ($this->batches !== []) {
            $this->send();
        }
    }

    /**
     * @param array<string, string> $labels
     * @param array<string, mixed> $empty
     * @return array<string, mixed>
     */
    private function &operation(string $name, array $labels, array $empty): array
    {
        $key = $this->seriesKey($name, $labels);
        $this->waiting[$key] ??= ['name' => $name, 'recordings' => 0] + $empty;
        return $this->waiting[$key];
    }

    /** @param array<string, string> $labels */
    private function seriesKey(string $name, array $labels): string
    {
        ksort($labels, SORT_STRING);
        $parts = [];
        foreach ($labels as $label => $value) {
            if ($value !== '') {
                $parts[] = $label . '=' . self::encode($value);
            }
        }
        $head = "{$this->prefix}:{$this->families[$name]['type']}:$name";
        return $parts === [] ? $head : $head . ':' . implode(',', $parts);
    }

    private function send(): void
    {
        $batch = $this->batches[0];
        try {
            $answer = $this->call($batch);
        } catch (RedisException $error) {
            // It may have been applied: only the number tells, the next time.
            $this->redis = null;
            throw $error;
        }
        switch ($answer[0]) {
            case 'applied':
            case 'duplicate':
                $this->dataset = $answer[1];
                $this->resumeAfter = null;
                // After the time and any trouble come pairs: the place of a series, why it was refused.
                $refused = [];
                for ($i = 4; $i < count($answer); $i += 2) {
                    $refused[] = array_keys($batch['series'])[(int) $answer[$i] - 1];
                }
                $this->remember($this->lose(array_shift($this->batches), $refused));
                break;
            case 'gap':
                $this->goBackTo((int) $answer[3], $answer[4] === '' ? null : (int) $answer[4]);
                break;
            case 'unknown':
                $this->goBackTo(0, 0);
                break;
            case 'dataset':
                $this->dataset = $answer[1];
                // Somebody removed the data, or this is another server: what was answered before went with them.
                $this->goBackTo(0, 0);
                $answered = array_filter($this->batches, fn (array $waiting): bool => $waiting['answered']);
                $this->lost += array_sum(array_map(self::recordings(...), $answered));
                $this->batches = array_values(array_diff_key($this->batches, $answered));
                break;
            default:
                throw new RuntimeException("expected data of format 1 under {$this->prefix}-meta:dataset, got $answer[1]");
        }
    }

    /**
     * @param array<string, mixed> $batch
     * @return list<string>
     */
    private function call(array $batch): array
    {
        $names = array_values(array_unique(array_column($batch['series'], 'name')));
        $meta = "{$this->prefix}-meta";
        $keys = ["$meta:dataset", "$meta:revision", "$meta:changed", "$meta:live", "$meta:writer:{$this->incarnation}"];
        $declaredMs = (int) round($batch['madeMs'] - $this->startedMs);
        $families = [];
        foreach ($names as $name) {
            $keys[] = "$meta:family:$name";
            $families[] = self::json($this->families[$name] + ['age' => $declaredMs]);
        }
        $operations = [];
        foreach ($batch['series'] as $key => $operation) {
            $keys[] = $key;
            $values = array_intersect_key($operation, ['add' => 0, 'counts' => 0, 'sum' => 0]);
            $head = ['type' => $this->families[$operation['name']]['type'], 'family' => array_search($operation['name'], $names, true) + 1];
            $operations[] = self::json($head + $values);
        }
        $keys[] = "$meta:mark:{$this->incarnation}";
        $ageMs = (int) round(self::nowMs() - $batch['madeMs']);
        $head = [1, 1, $this->dataset, bin2hex(random_bytes(16)), $batch['number'], $ageMs, $this->ttlMs, count($families)];
        $mark = [$this->held + self::recordings($batch), $this->resumeAfter ?? ''];
        $arguments = [...$keys, ...$head, ...$families, ...$operations, ...$mark];

        $this->redis ??= $this->open();
        $this->redis->clearLastError();
        $answer = $this->redis->evalSha($this->sha, $arguments, count($keys));
        if (str_starts_with((string) $this->redis->getLastError(), 'NOSCRIPT')) {
            $this->redis->clearLastError();
            $answer = $this->redis->eval($this->script, $arguments, count($keys));
        }
        // An error reply: nothing was applied.
        if (!is_array($answer)) {
            throw new RuntimeException('Redis refused a batch: ' . ($this->redis->getLastError() ?? 'no answer'));
        }
        return $answer;
    }

    private function open(): Redis
    {
        $redis = ($this->connect)();
        // phpredis that connects again by itself may wait on the new connection for the answer of the old one.
        $redis->setOption(Redis::OPT_MAX_RETRIES, 0);
        return $redis;
    }

    /** Redis lost batches that it had answered, as a replica that lagged does when it is promoted. @param ?int $held recordings it holds, where it told */
    private function goBackTo(int $noted, ?int $held): void
    {
        $missing = array_filter($this->recent, fn (array $batch): bool => $batch['number'] > $noted);
        $this->recent = array_values(array_diff_key($this->recent, $missing));
        $this->held -= array_sum(array_map(self::recordings(...), $missing));
        $this->batches = [...array_values($missing), ...$this->batches];
        $this->resumeAfter = $noted;
        if ($held !== null) {
            $this->lost += $this->held - $held;
            $this->held = $held;
        }
    }

    /** @param array<string, mixed> $batch */
    private function remember(array $batch): void
    {
        $this->held += self::recordings($batch);
        $this->recent = array_slice([...$this->recent, ['answered' => true] + $batch], -self::RECENT_BATCHES);
    }

    /** @param array<string, mixed> $batch */
    private static function recordings(array $batch): int
    {
        return array_sum(array_column($batch['series'], 'recordings'));
    }

    /**
     * Counts what was recorded in some series of a batch as lost, once, however often the batch is sent.
     *
     * @param array<string, mixed> $batch
     * @param list<string> $keys
     * @return array<string, mixed> the batch, without them to be counted
     */
    private function lose(array $batch, array $keys): array
    {
        foreach ($keys as $key) {
            $this->lost += $batch['series'][$key]['recordings'];
            $batch['series'][$key]['recordings'] = 0;
        }
        return $batch;
    }

    private static function encode(string $value): string
    {
        return preg_replace_callback(
            '/[%:,={}"\\\\\x00-\x1f\x7f]/',
            fn (array $found): string => sprintf('%%%02X', ord($found[0])),
            $value,
        ) ?? '';
    }

    private static function json(mixed $value): string
    {
        return json_encode($value, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
    }

    private static function nowMs(): float
    {
        return hrtime(true) / 1e6;
    }
}
