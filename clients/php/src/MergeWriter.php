<?php

declare(strict_types=1);

namespace Redmeter;

use Closure;
use InvalidArgumentException;
use JsonException;
use Redis;
use RedisException;
use RuntimeException;
use Throwable;

/**
 * Counters and histograms written as the merge script takes them: each recording counts once, whatever fails.
 *
 * Declaring and recording never throw. What cannot be recorded, here or in Redis, is counted in `dropped` by its reason, and
 * logged once for each metric and reason.
 *
 * The contract is packages/redis-metrics/docs/merge-script.md in redmeter's repository.
 */
final class MergeWriter
{
    private const SERIES_PER_BATCH = 100;
    /** Redis may lose what it answered in the last seconds. What is older is only counted. */
    private const RECENT_BATCHES = 64;
    /** Names may come from data: of so many kinds of drops the log tells, of each once. */
    private const MAX_LOGGED = 1000;

    /** All recordings. */
    public int $recorded = 0;
    /** Recordings that could not be kept exactly once. */
    public int $lost = 0;
    /** @var array<string, int> recordings that were not written, by reason */
    public array $dropped = [];

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
    /** The last revision of the data that Redis told: it falls only when they go back. */
    private string $revision = '';
    private bool $isClosed = false;
    private DeclaredMetrics $metrics;
    /** @var array<string, true> what the log has told */
    private array $told = [];
    /** @var array<string, array<string, mixed>> by key */
    private array $waiting = [];
    /** @var list<array<string, mixed>> to send, the oldest first */
    private array $batches = [];
    /** @var list<array<string, mixed>> answered, the oldest first */
    private array $recent = [];

    /**
     * @param Closure(): Redis $connect opens a connection; called again after one broke
     * @param ?Closure(string): mixed $log takes a warning; default PHP's error log
     * @throws InvalidArgumentException for a prefix or time to live that cannot be
     */
    public function __construct(
        private Closure $connect,
        private string $script,
        private string $prefix = 'metrics',
        private int $ttlMs = 1_800_000,
        private ?Redis $redis = null,
        private ?Closure $log = null,
    ) {
        if (!SeriesRules::isPrefix($prefix)) {
            $got = SeriesRules::shown($prefix);
            throw new InvalidArgumentException("prefix: expected letters, digits, \"_\", \".\" and \"-\", not ending in \"-meta\", got $got");
        }
        if ($ttlMs < 1) {
            throw new InvalidArgumentException("ttlMs: expected at least 1, got $ttlMs");
        }
        $this->metrics = new DeclaredMetrics();
        $this->sha = sha1($script);
        $this->startedMs = self::nowMs();
        $this->incarnation = bin2hex(random_bytes(16));
    }

    /** The first declaration of a name stays; one that cannot be is logged, and what is recorded under it is dropped. */
    public function declareCounter(mixed $name, mixed $help = null, mixed $unit = null): void
    {
        $this->declare($name, 'counter', $help, null, $unit);
    }

    /** As declareCounter; the bounds are 1 to 200 ascending, finite numbers. */
    public function declareHistogram(mixed $name, mixed $help, mixed $bounds, mixed $unit = null): void
    {
        $this->declare($name, 'histogram', $help, $bounds, $unit);
    }

    /** Adds a number of at least 0 to a counter. Labels are texts, numbers or booleans by name. */
    public function add(mixed $name, mixed $value = 1, mixed $labels = []): void
    {
        $this->recorded++;
        try {
            $this->expectOpen();
            $this->metrics->find($name, 'counter');
            $added = SeriesRules::readNumber($value);
            if ($added < 0) {
                throw new Refusal('invalid_value', 'expected a number of at least 0, got ' . SeriesRules::shown($value));
            }
            $operation = &$this->operation($name, $labels, ['add' => 0]);
            if (!is_finite((float) ($operation['add'] + $added))) {
                throw new Refusal('overflow', 'the counter would be infinite');
            }
            $operation['add'] += $added;
            $operation['recordings']++;
        } catch (Refusal $refusal) {
            $this->drop($name, $refusal);
        }
    }

    /** Adds one observation to a histogram. */
    public function observe(mixed $name, mixed $value, mixed $labels = []): void
    {
        $this->recorded++;
        try {
            $this->expectOpen();
            $bounds = $this->metrics->find($name, 'histogram')['bounds'];
            $observed = SeriesRules::readNumber($value);
            $operation = &$this->operation($name, $labels, ['counts' => array_fill(0, count($bounds) + 1, 0), 'sum' => 0]);
            $bucket = 0;
            // A bucket holds what is at most its bound.
            while ($bucket < count($bounds) && $observed > $bounds[$bucket]) {
                $bucket++;
            }
            $operation['counts'][$bucket]++;
            $operation['sum'] += $observed;
            $operation['recordings']++;
        } catch (Refusal $refusal) {
            $this->drop($name, $refusal);
        }
    }

    /** Writes all that waits. @throws RedisException when it cannot: then it goes on waiting, and flush() tries again */
    public function flush(): void
    {
        // What failed before goes first: until it is written, what is recorded adds up and needs no more memory.
        $this->sendAll();
        foreach (array_chunk($this->waiting, self::SERIES_PER_BATCH, true) as $series) {
            $this->batches[] = ['number' => $this->nextNumber++] + self::newBatch($series, self::nowMs());
        }
        $this->waiting = [];
        $this->sendAll();
    }

    /** Writes what waits. What cannot be written now, and what is recorded later, is dropped. */
    public function close(): void
    {
        $this->isClosed = true;
        try {
            $this->flush();
        } catch (RedisException | RuntimeException $error) {
            $this->log('redmeter: not all was written: ' . SeriesRules::shown($error->getMessage()));
        }
        foreach ($this->batches as $batch) {
            if ($batch['answered']) {
                $this->lost += self::recordings($batch);
            } else {
                $this->dropAll($batch['series'], $batch['inDoubt'] ? 'in_doubt' : 'closed');
            }
        }
        $this->dropAll($this->waiting, 'closed');
        $this->batches = $this->waiting = [];
    }

    /** @return array<string, mixed> numbers of recordings: `recorded` is the sum of the others */
    public function statistics(): array
    {
        $pending = array_sum(array_map(self::recordings(...), $this->batches)) + array_sum(array_column($this->waiting, 'recordings'));
        $dropped = $this->dropped + ($this->lost > 0 ? ['lost' => $this->lost] : []);
        return ['recorded' => $this->recorded, 'flushed' => $this->held, 'pending' => $pending, 'dropped' => $dropped];
    }

    /** @throws Refusal */
    private function expectOpen(): void
    {
        if ($this->isClosed) {
            throw new Refusal('closed', 'expected no recording after close()');
        }
    }

    /**
     * @param array<string, mixed> $empty
     * @return array<string, mixed>
     * @throws Refusal
     */
    private function &operation(string $name, mixed $labels, array $empty): array
    {
        $part = SeriesRules::labelPart($labels);
        $key = "{$this->prefix}:{$this->metrics->families[$name]['type']}:$name" . ($part === '' ? '' : ":$part");
        $this->waiting[$key] ??= ['name' => $name, 'recordings' => 0] + $empty;
        return $this->waiting[$key];
    }

    private function drop(mixed $name, Refusal $refusal, int $recordings = 1): void
    {
        $this->dropped[$refusal->reason] = ($this->dropped[$refusal->reason] ?? 0) + $recordings;
        $this->tell($name, $refusal->reason, "recordings are dropped: {$refusal->getMessage()}");
    }

    /** @param array<string, array<string, mixed>> $series by key */
    private function dropAll(array $series, string $reason): void
    {
        foreach ($series as ['name' => $name, 'recordings' => $recordings]) {
            $this->drop($name, new Refusal($reason, 'not written when the writer was closed'), $recordings);
        }
    }

    private function tell(mixed $name, string $reason, string $message): void
    {
        $shown = SeriesRules::shown($name);
        if (isset($this->told["$reason $shown"]) || count($this->told) >= self::MAX_LOGGED) {
            return;
        }
        $this->told["$reason $shown"] = true;
        $this->log("redmeter: metric $shown: $message");
    }

    private function log(string $line): void
    {
        try {
            ($this->log ?? error_log(...))($line);
        } catch (Throwable) {
            // Recording throws nothing, and what it would have logged is counted.
        }
    }

    private function declare(mixed $name, string $type, mixed $help, mixed $bounds, mixed $unit): void
    {
        try {
            foreach ($this->metrics->declare($name, $type, $help, $bounds, $unit) as $problem) {
                $this->tell($name, 'definition', $problem);
            }
        } catch (Refusal $refusal) {
            $this->tell($name, $refusal->reason, "not declared: {$refusal->getMessage()}");
        }
    }

    private function sendAll(): void
    {
        while ($this->batches !== []) {
            $this->send();
        }
    }

    private function send(): void
    {
        $batch = $this->batches[0];
        try {
            $answer = $this->call($batch);
        } catch (RedisException $error) {
            // It may have been applied: only the number tells, the next time.
            $this->batches[0]['inDoubt'] = true;
            $this->redis = null;
            throw $error;
        } catch (JsonException | Refusal $error) {
            $this->isolate($error->getMessage());
            return;
        }
        switch ($answer[0]) {
            case 'applied':
            case 'duplicate':
                $this->dataset = $answer[1];
                $this->resumeAfter = null;
                $revision = array_pop($answer);
                $this->revision = $revision === '' ? $this->revision : $revision;
                // After the time and any trouble come pairs: the place of a series, why it was refused.
                $done = array_shift($this->batches);
                for ($i = 4; $i + 1 < count($answer); $i += 2) {
                    $key = array_keys($batch['series'])[(int) $answer[$i] - 1];
                    $done = $this->noteRefused($done, $key, $answer[$i + 1]);
                }
                $this->remember($done);
                break;
            case 'gap':
                $this->goBackTo((int) $answer[3], $answer[4] === '' ? null : (int) $answer[4]);
                break;
            case 'unknown':
            case 'dataset':
                $this->dataset = $answer[1];
                $this->goBackTo(0, 0);
                $isGone = $answer[3] === 'gone';
                if ($answer[0] === 'unknown' && $isGone) {
                    break;
                }
                // Somebody removed the data, or this is another server: what was answered before went with them. Where it is
                // not sure, a batch that was sent before may be there, too.
                $isGivenUp = fn (array $waiting): bool => $waiting['answered'] || (!$isGone && $waiting['inDoubt']);
                $givenUp = array_filter($this->batches, $isGivenUp);
                $this->lost += array_sum(array_map(self::recordings(...), $givenUp));
                $this->batches = array_values(array_diff_key($this->batches, $givenUp));
                break;
            default:
                throw new RuntimeException("expected data of format 1 under {$this->prefix}-meta:dataset, got $answer[1]");
        }
    }

    /** The call is one that Redis will never take: each series goes alone, and one that still cannot go is dropped. */
    private function isolate(string $why): void
    {
        $batch = array_shift($this->batches);
        $alone = [];
        if (count($batch['series']) === 1) {
            ['name' => $name, 'recordings' => $recordings] = $batch['series'][array_key_first($batch['series'])];
            $this->drop($name, new Refusal('refused', SeriesRules::shown($why)), $recordings);
        } else {
            foreach ($batch['series'] as $key => $operation) {
                $alone[] = self::newBatch([$key => $operation], $batch['madeMs']);
            }
        }
        $this->batches = [...$alone, ...$this->batches];
        // None of these was ever applied, so their numbers are free.
        foreach (array_keys($this->batches) as $index) {
            $this->batches[$index]['number'] = $batch['number'] + $index;
        }
        $this->nextNumber = $batch['number'] + count($this->batches);
    }

    /**
     * @param array<string, mixed> $batch
     * @param string $why a reason, perhaps with a colon and what Redis has
     * @return array<string, mixed> the batch, without what was recorded in this series to be counted
     */
    private function noteRefused(array $batch, string $key, string $why): array
    {
        [$reason, $found] = explode(':', $why, 2) + [1 => ''];
        $detail = 'Redis refused ' . SeriesRules::shown($key) . ($found === '' ? '' : ', it has ' . SeriesRules::shown(rawurldecode($found)));
        ['name' => $name, 'recordings' => $recordings] = $batch['series'][$key];
        $this->drop($name, new Refusal($reason, $detail), $recordings);
        $batch['series'][$key]['recordings'] = 0;
        return $batch;
    }

    /**
     * @param array<string, mixed> $batch
     * @return list<string>
     * @throws Refusal when Redis says that the call is malformed
     * @throws JsonException
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
            $families[] = self::json($this->metrics->families[$name] + ['age' => $declaredMs]);
        }
        $operations = [];
        foreach ($batch['series'] as $key => $operation) {
            $keys[] = $key;
            $values = array_intersect_key($operation, ['add' => 0, 'counts' => 0, 'sum' => 0]);
            if (is_float($values['sum'] ?? 0) && !is_finite($values['sum'])) {
                $values['sum'] = match ($values['sum']) {
                    INF => '+Inf',
                    -INF => '-Inf',
                    default => 'NaN',
                };
            }
            $head = ['type' => $this->metrics->families[$operation['name']]['type'], 'family' => array_search($operation['name'], $names, true) + 1];
            $operations[] = self::json($head + $values);
        }
        $keys[] = "$meta:mark:{$this->incarnation}";
        $ageMs = (int) round(self::nowMs() - $batch['madeMs']);
        $head = [1, 1, $this->dataset, bin2hex(random_bytes(16)), $batch['number'], $ageMs, $this->ttlMs, count($families)];
        $mark = [$this->held + self::recordings($batch), $this->resumeAfter ?? '', $this->revision];
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
            $error = $this->redis->getLastError() ?? 'no answer';
            if (str_contains($error, 'redmeter merge:')) {
                throw new Refusal('refused', $error);
            }
            throw new RedisException($error);
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

    /**
     * Redis lost batches that it had answered, as a replica that lagged does when it is promoted.
     *
     * @param ?int $held recordings in its mark, if it has one
     */
    private function goBackTo(int $noted, ?int $held): void
    {
        $missing = array_filter($this->recent, fn (array $batch): bool => $batch['number'] > $noted);
        $this->recent = array_values(array_diff_key($this->recent, $missing));
        $this->held -= array_sum(array_map(self::recordings(...), $missing));
        $this->batches = [...array_values($missing), ...$this->batches];
        $this->resumeAfter = $noted;
        // If no batch in between was forgotten, the own number is the exact one: that of the mark includes what Redis refused.
        $isForgotten = $this->batches[0]['number'] > $noted + 1;
        if ($held !== null && $isForgotten) {
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
     * @param array<string, array<string, mixed>> $series
     * @return array<string, mixed> a batch without its number
     */
    private static function newBatch(array $series, float $madeMs): array
    {
        return ['madeMs' => $madeMs, 'series' => $series, 'inDoubt' => false, 'answered' => false];
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
