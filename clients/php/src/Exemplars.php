<?php

declare(strict_types=1);

namespace Redmeter;

/**
 * Examples of what was recorded: most often the trace of a slow request. Those that wait are the newest of each bucket, the newest
 * last, of ten buckets at most.
 *
 * @phpstan-type Exemplar array{labels: array<string, string>, value: int|float, atMs: float}
 */
final class Exemplars
{
    private const MOST = 10;
    private const MOST_CHARACTERS = 128;

    /**
     * @return array<string, string> the labels that are not empty
     * @throws Refusal when they are none of an exemplar
     */
    public static function readLabels(mixed $labels): array
    {
        if (!is_array($labels)) {
            throw new Refusal('exemplar', "expected labels such as ['trace_id' => '…'], got " . SeriesRules::shown($labels));
        }
        $read = [];
        $characters = 0;
        foreach ($labels as $name => $value) {
            $text = SeriesRules::textOf($value);
            if ($text === '') {
                continue;
            }
            if ($text === null || !is_string($name) || !SeriesRules::isPlainName($name)) {
                $got = SeriesRules::shown($name) . ' with ' . SeriesRules::shown($value);
                throw new Refusal('exemplar', "expected names of letters, digits and _ with text, got $got");
            }
            // Bytes but for those that continue a character.
            $characters += strlen((string) preg_replace('/[\x80-\xBF]/', '', $name . $text));
            if ($characters > self::MOST_CHARACTERS) {
                $expected = 'expected at most ' . self::MOST_CHARACTERS . ' characters of names and values';
                throw new Refusal('exemplar', "$expected, got more with " . SeriesRules::shown($name));
            }
            $read[$name] = $text;
        }
        return $read;
    }

    /**
     * @param array<int, Exemplar> $earlier by bucket
     * @param array<int, Exemplar> $later
     * @return array<int, Exemplar>
     */
    public static function together(array $earlier, array $later): array
    {
        return array_slice(array_diff_key($earlier, $later) + $later, -self::MOST, null, true);
    }

    /**
     * As the merge script takes them.
     *
     * @param array<int, Exemplar> $exemplars
     * @param float $madeMs when their batch was made
     * @return list<array<string, mixed>>
     */
    public static function described(array $exemplars, float $madeMs): array
    {
        $describe = fn (array $each): array => [
            ...['labels' => $each['labels'], 'value' => $each['value']],
            'age' => max(0, (int) round($madeMs - $each['atMs'])),
        ];
        return array_map($describe, array_values($exemplars));
    }
}
