<?php

declare(strict_types=1);

namespace Redmeter;

/**
 * Observations in exponential buckets: those of Prometheus's native histograms, to the bit. They are arrays, so that a folder of
 * writers can keep them.
 *
 * @phpstan-type Layout array{schema: int, zeroThreshold: int|float, maxBuckets: int}
 * @phpstan-type Counts array{schema: int, zeroThreshold: int|float, zeroCount: int, positive: array<int, int>, negative: array<int, int>}
 */
final class NativeBuckets
{
    private const MIN_SCHEMA = -4;
    private const MAX_SCHEMA = 8;
    /** So that a record and two copies of it are no longer than a record may be. */
    private const MOST_BUCKETS = 500;
    /**
     * From one bound to the next, in schemas 1 to 8. Prometheus computes the bounds with these, and the first is not the double
     * next to √2.
     */
    private const FACTORS = [
        ...[1.414213562373095, 1.189207115002721, 1.0905077326652577, 1.0442737824274138],
        ...[1.0218971486541166, 1.0108892860517005, 1.0054299011128027, 1.0027112750502025],
    ];
    private const MANTISSA = 0xFFFFFFFFFFFFF;
    private const EXPONENT_SHIFT = 52;

    /** @var list<list<float>> by schema from 0: bounds from 1/2 to below 1 */
    private static array $bounds = [];

    /**
     * How a native histogram counts, as the merge script takes it.
     *
     * @return Layout
     * @throws Refusal unless it can count so
     */
    public static function readLayout(mixed $schema, mixed $zeroThreshold, mixed $maxBuckets): array
    {
        if (!is_int($schema) || $schema < self::MIN_SCHEMA || $schema > self::MAX_SCHEMA) {
            throw self::noLayout('schema', 'a whole number from ' . self::MIN_SCHEMA . ' to ' . self::MAX_SCHEMA, $schema);
        }
        if (!is_int($maxBuckets) || $maxBuckets < 1 || $maxBuckets > self::MOST_BUCKETS) {
            throw self::noLayout('maxBuckets', 'a whole number from 1 to ' . self::MOST_BUCKETS, $maxBuckets);
        }
        if ((!is_int($zeroThreshold) && !is_float($zeroThreshold)) || !is_finite((float) $zeroThreshold) || $zeroThreshold < 0) {
            throw self::noLayout('zeroThreshold', 'a finite number of at least 0', $zeroThreshold);
        }
        return ['schema' => $schema, 'zeroThreshold' => $zeroThreshold, 'maxBuckets' => $maxBuckets];
    }

    /** The bucket of a finite number above 0: bucket i holds what is above base**(i - 1), up to base**i, base = 2**(2**-schema). */
    public static function index(int $schema, float $magnitude): int
    {
        $bits = self::bits($magnitude);
        $exponent = 0;
        if ($bits <= self::MANTISSA) {
            // A subnormal number, whose exponent says nothing: 2**54 times it is a normal one.
            $bits = self::bits($magnitude * 2 ** 54);
            $exponent = -54;
        }
        // The number is fraction * 2**exponent, 1/2 <= fraction < 1.
        $exponent += ($bits >> self::EXPONENT_SHIFT) - 1022;
        if ($schema > 0) {
            $fraction = self::number(($bits & self::MANTISSA) | (1022 << self::EXPONENT_SHIFT));
            return self::firstAtLeast(self::bounds()[$schema], $fraction) + (($exponent - 1) << $schema);
        }
        // A power of two is the upper bound of its bucket.
        $ceiling = ($bits & self::MANTISSA) === 0 ? $exponent - 1 : $exponent;
        return -(-$ceiling >> -$schema);
    }

    /**
     * A number for each bucket of a histogram, that of zeros too.
     *
     * @param Layout $layout
     */
    public static function bucketOf(array $layout, int|float $value): int
    {
        $magnitude = abs((float) $value);
        if ($magnitude <= $layout['zeroThreshold']) {
            return 0;
        }
        // Indexes are far below 2**20.
        $bucket = self::index($layout['schema'], $magnitude) + 2 ** 20;
        return $value > 0 ? $bucket : -$bucket;
    }

    /**
     * @param Layout $layout
     * @return Counts
     */
    public static function none(array $layout): array
    {
        ['schema' => $schema, 'zeroThreshold' => $zeroThreshold] = $layout;
        return ['schema' => $schema, 'zeroThreshold' => $zeroThreshold, 'zeroCount' => 0, 'positive' => [], 'negative' => []];
    }

    /** @param Counts $counts */
    public static function observe(array &$counts, int|float $value, int $maxBuckets): void
    {
        $magnitude = abs((float) $value);
        if ($magnitude <= $counts['zeroThreshold']) {
            $counts['zeroCount']++;
            return;
        }
        $side = $value > 0 ? 'positive' : 'negative';
        $index = self::index($counts['schema'], $magnitude);
        $counts[$side][$index] = ($counts[$side][$index] ?? 0) + 1;
        $counts = self::limited($counts, $maxBuckets);
    }

    /**
     * The sum of two with the same threshold, at the lower schema.
     *
     * @param Counts $one
     * @param Counts $other
     * @return Counts
     */
    public static function together(array $one, array $other, int $maxBuckets): array
    {
        while ($one['schema'] > $other['schema']) {
            $one = self::lowered($one);
        }
        while ($other['schema'] > $one['schema']) {
            $other = self::lowered($other);
        }
        $one['zeroCount'] += $other['zeroCount'];
        foreach (['positive', 'negative'] as $side) {
            foreach ($other[$side] as $index => $count) {
                $one[$side][$index] = ($one[$side][$index] ?? 0) + $count;
            }
        }
        return self::limited($one, $maxBuckets);
    }

    /**
     * As the merge script takes them.
     *
     * @param Counts $counts
     * @return array<string, mixed>
     */
    public static function described(array $counts): array
    {
        foreach (['positive', 'negative'] as $side) {
            ksort($counts[$side]);
            $counts[$side] = ['indexes' => array_keys($counts[$side]), 'counts' => array_values($counts[$side])];
        }
        return $counts;
    }

    /**
     * @param Counts $counts
     * @return Counts with at most so many buckets, if the lowest schema allows it
     */
    private static function limited(array $counts, int $maxBuckets): array
    {
        while (count($counts['positive']) + count($counts['negative']) > $maxBuckets && $counts['schema'] > self::MIN_SCHEMA) {
            $counts = self::lowered($counts);
        }
        return $counts;
    }

    /**
     * @param Counts $counts
     * @return Counts the same observations at the next lower schema: two neighbours become one bucket
     */
    private static function lowered(array $counts): array
    {
        foreach (['positive', 'negative'] as $side) {
            $lower = [];
            foreach ($counts[$side] as $index => $count) {
                $target = ($index + 1) >> 1;
                $lower[$target] = ($lower[$target] ?? 0) + $count;
            }
            $counts[$side] = $lower;
        }
        $counts['schema']--;
        return $counts;
    }

    /** @param list<float> $bounds ascending */
    private static function firstAtLeast(array $bounds, float $value): int
    {
        [$low, $high] = [0, count($bounds)];
        while ($low < $high) {
            $middle = ($low + $high) >> 1;
            if ($bounds[$middle] >= $value) {
                $high = $middle;
            } else {
                $low = $middle + 1;
            }
        }
        return $low;
    }

    /** @return list<list<float>> */
    private static function bounds(): array
    {
        if (self::$bounds === []) {
            $bounds = [[0.5]];
            foreach (self::FACTORS as $schema => $factor) {
                $next = [];
                // Every second one is of the schema before.
                foreach ($bounds[$schema] as $bound) {
                    array_push($next, $bound, $bound * $factor);
                }
                $bounds[] = $next;
            }
            self::$bounds = $bounds;
        }
        return self::$bounds;
    }

    private static function bits(float $number): int
    {
        return unpack('J', pack('E', $number))[1];
    }

    private static function number(int $bits): float
    {
        return unpack('E', pack('J', $bits))[1];
    }

    private static function noLayout(string $field, string $expected, mixed $got): Refusal
    {
        return new Refusal('invalid_buckets', "$field: expected $expected, got " . SeriesRules::shown($got));
    }
}
