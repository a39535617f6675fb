<?php

declare(strict_types=1);

namespace Redmeter;

/** How long a writer waits after failures: half to all of 0.25 seconds, and twice as long each time, up to 10 seconds. */
final class Backoff
{
    private const FIRST_MS = 250;
    private const MOST_MS = 10_000;

    public function __construct(private int $failures = 0, private float $untilMs = 0)
    {
    }

    public function note(bool $isWell): void
    {
        $this->failures = $isWell ? 0 : $this->failures + 1;
        $mostMs = min(self::MOST_MS, self::FIRST_MS * 2 ** min(16, $this->failures - 1));
        $this->untilMs = $isWell ? 0 : ShardWriter::nowMs() + random_int((int) ($mostMs / 2), (int) $mostMs);
    }

    public function isOver(): bool
    {
        // The clock of a machine begins anew when it starts.
        return abs($this->untilMs - ShardWriter::nowMs()) > self::MOST_MS || ShardWriter::nowMs() >= $this->untilMs;
    }

    public function isFirst(): bool
    {
        return $this->failures <= 1;
    }

    /** @return array{int, float} the arguments of the constructor */
    public function state(): array
    {
        return [$this->failures, $this->untilMs];
    }
}
