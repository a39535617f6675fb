<?php

declare(strict_types=1);

namespace Redmeter;

use Closure;
use Throwable;

/** Counts recordings that are dropped, and logs each reason once for each metric. */
final class Drops
{
    /** Names may come from data: of so many kinds of drops the log tells, of each once. */
    private const MAX_LOGGED = 1000;

    /** @var array<string, int> */
    public array $byReason = [];
    /** @var array<string, true> what the log has told */
    private array $told = [];

    /** @param ?Closure(string): mixed $log takes a warning; default PHP's error log */
    public function __construct(private ?Closure $log)
    {
    }

    public function add(mixed $name, Refusal $refusal, int $recordings = 1): void
    {
        if ($recordings > 0) {
            $this->byReason[$refusal->reason] = ($this->byReason[$refusal->reason] ?? 0) + $recordings;
        }
        $this->tell($name, $refusal->reason, "recordings are dropped: {$refusal->getMessage()}");
    }

    /** @param array<string, int> $byReason */
    public function addAll(array $byReason): void
    {
        foreach ($byReason as $reason => $recordings) {
            $this->byReason[$reason] = ($this->byReason[$reason] ?? 0) + $recordings;
        }
    }

    public function tell(mixed $name, string $reason, string $message): void
    {
        $shown = SeriesRules::shown($name);
        if (isset($this->told["$reason $shown"]) || count($this->told) >= self::MAX_LOGGED) {
            return;
        }
        $this->told["$reason $shown"] = true;
        $this->log("redmeter: metric $shown: $message");
    }

    public function log(string $line): void
    {
        try {
            ($this->log ?? error_log(...))($line);
        } catch (Throwable) {
            // Recording throws nothing, and what it would have logged is counted.
        }
    }
}
