<?php

declare(strict_types=1);

namespace Redmeter;

/** Which metrics, labels and values a writer may send. The merge script refuses a whole batch for one value that is none. */
final class SeriesRules
{
    private const MAX_BOUNDS = 200;
    private const MAX_LABELS = 10;
    private const MAX_LABEL_VALUE_BYTES = 1024;
    /** Whole numbers up to here are exact in a double. */
    private const MAX_WHOLE = 9_007_199_254_740_992;
    private const MAX_SHOWN = 80;

    /** A name that stands in a key as it is. In others, the same is encoded as in label values. */
    private const PLAIN_NAME = '/^[a-zA-Z_][a-zA-Z0-9_]*$/D';
    private const NAME_RULE = 'a name of UTF-8, not empty, without NUL';
    private const PREFIX = '/^[A-Za-z0-9_.-]+(?<!-meta)$/D';
    /** Names that belong to Prometheus, redis_exporter or redmeter. */
    private const RESERVED_METRIC = '/^(up|redis_up|(ALERTS|scrape_|redis_script_|redis_exporter_|redmeter_).*)$/sD';
    private const RESERVED_LABEL = '/^(job|instance|le|quantile|__.*)$/sD';
    /** A histogram makes these of its name. */
    private const DERIVED_SUFFIXES = ['_bucket', '_sum', '_count', '_created', '_p50', '_p95', '_p99'];
    /** What separates the parts of a key, and control characters. */
    private const ENCODED = '/[%:,={}"\\\\\p{Cc}]/u';

    public static function isPrefix(string $prefix): bool
    {
        return preg_match(self::PREFIX, $prefix) === 1;
    }

    /**
     * @param array<string, array<string, mixed>> $families those that are declared
     * @throws Refusal when a metric cannot be declared under this name beside them
     */
    public static function checkMetricName(mixed $name, string $type, array $families): void
    {
        if (!is_string($name) || !self::isName($name)) {
            throw new Refusal('invalid_name', 'expected ' . self::NAME_RULE . ', got ' . self::shown($name));
        }
        if (preg_match(self::RESERVED_METRIC, $name) === 1) {
            throw new Refusal('reserved_name', 'the name is reserved for Prometheus, an exporter or redmeter: expected another');
        }
        foreach (self::DERIVED_SUFFIXES as $suffix) {
            $base = str_ends_with($name, $suffix) ? substr($name, 0, -strlen($suffix)) : '';
            if (($families[$base]['type'] ?? '') === 'histogram') {
                throw new Refusal('derived_name', "the histogram $base has a derived series of this name: expected another");
            }
            if ($type === 'histogram' && isset($families[$name . $suffix])) {
                throw new Refusal('derived_name', "its derived series $name$suffix has the name of another metric: expected another");
            }
        }
    }

    /**
     * Upper bounds: 1 to 200, ascending and finite.
     *
     * @return list<int|float>
     * @throws Refusal
     */
    public static function readBounds(mixed $bounds): array
    {
        $expected = 'expected 1 to ' . self::MAX_BOUNDS . ' finite numbers in ascending order, got ' . self::shown($bounds);
        if (!is_array($bounds) || $bounds === [] || count($bounds) > self::MAX_BOUNDS) {
            throw new Refusal('invalid_buckets', $expected);
        }
        try {
            $read = array_map(self::readNumber(...), array_values($bounds));
        } catch (Refusal) {
            throw new Refusal('invalid_buckets', $expected);
        }
        for ($i = 1; $i < count($read); $i++) {
            if ($read[$i] <= $read[$i - 1]) {
                throw new Refusal('invalid_buckets', $expected);
            }
        }
        return $read;
    }

    /**
     * A finite number; a whole one is an int where a double holds it exactly.
     *
     * @throws Refusal
     */
    public static function readNumber(mixed $value): int|float
    {
        if ((!is_int($value) && !is_float($value)) || !is_finite((float) $value)) {
            throw new Refusal('invalid_value', 'expected a finite number, got ' . self::shown($value));
        }
        return self::shortNumber((float) $value);
    }

    public static function shortNumber(int|float $value): int|float
    {
        return abs($value) <= self::MAX_WHOLE && floor((float) $value) === (float) $value ? (int) $value : $value;
    }

    /**
     * Labels as they stand in a key, sorted by name, empty ones left out.
     *
     * @throws Refusal
     */
    public static function labelPart(mixed $labels): string
    {
        if (!is_array($labels)) {
            throw new Refusal('invalid_label_name', 'labels: expected an array, got ' . self::shown($labels));
        }
        ksort($labels, SORT_STRING);
        $parts = [];
        foreach ($labels as $name => $value) {
            $text = self::labelText((string) $name, $value);
            if ($text !== '') {
                $parts[] = self::encodeName((string) $name) . '=' . self::encode($text);
            }
        }
        if (count($parts) > self::MAX_LABELS) {
            throw new Refusal('too_many_labels', 'expected at most ' . self::MAX_LABELS . ' labels, got ' . count($parts));
        }
        return implode(',', $parts);
    }

    /** A metric or label name as it stands in a key. */
    public static function encodeName(string $name): string
    {
        return self::isPlainName($name) ? $name : self::encode($name);
    }

    public static function isPlainName(string $name): bool
    {
        return preg_match(self::PLAIN_NAME, $name) === 1;
    }

    /** Whether a text may be sent. */
    public static function isText(mixed $text): bool
    {
        return is_string($text) && preg_match('//u', $text) === 1;
    }

    /** A value in one short line. */
    public static function shown(mixed $value): string
    {
        $text = match (true) {
            is_string($value) => '"' . substr($value, 0, self::MAX_SHOWN) . '"',
            is_scalar($value), $value === null => var_export($value, true),
            default => get_debug_type($value),
        };
        return substr(preg_replace('/[^\x20-\x7e]/', '?', $text) ?? '', 0, 2 * self::MAX_SHOWN);
    }

    private static function isName(string $name): bool
    {
        // Prometheus stops reading at a NUL in a name.
        return $name !== '' && !str_contains($name, "\0") && self::isText($name);
    }

    /** @throws Refusal */
    private static function labelText(string $name, mixed $value): string
    {
        if (preg_match(self::RESERVED_LABEL, $name) === 1) {
            throw new Refusal('reserved_label', 'label ' . self::shown($name) . ': expected none of job, instance, le, quantile and __…');
        }
        if (!self::isName($name)) {
            throw new Refusal('invalid_label_name', 'label ' . self::shown($name) . ': expected ' . self::NAME_RULE);
        }
        $text = self::textOf($value);
        if ($text === null) {
            $got = self::shown($value);
            throw new Refusal('invalid_label_value', "label $name: expected UTF-8 text, a number or a boolean, got $got");
        }
        if (strlen($text) > self::MAX_LABEL_VALUE_BYTES) {
            $expected = 'expected at most ' . self::MAX_LABEL_VALUE_BYTES . ' bytes';
            throw new Refusal('label_value_too_long', "label $name: $expected, got " . self::shown($text));
        }
        return $text;
    }

    /** The value of a label as the library for Node writes it, so that both write the same series; null where it is none. */
    public static function textOf(mixed $value): ?string
    {
        $text = match (true) {
            is_bool($value) => $value ? 'true' : 'false',
            is_int($value) => (string) $value,
            is_float($value) && is_finite($value) => (string) self::shortNumber($value),
            default => $value,
        };
        return self::isText($text) ? $text : null;
    }

    private static function encode(string $value): string
    {
        $encodeBytes = fn (array $found): string => preg_replace('/../', '%$0', strtoupper(bin2hex($found[0]))) ?? '';
        return preg_replace_callback(self::ENCODED, $encodeBytes, $value) ?? '';
    }
}
