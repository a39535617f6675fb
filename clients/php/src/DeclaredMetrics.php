<?php

declare(strict_types=1);

namespace Redmeter;

/** The metrics that a process has declared. The first declaration of a name stays. */
final class DeclaredMetrics
{
    private const MODES = ['last', 'process', 'sum'];
    /** Names may come from data: why so many cannot be declared is remembered. */
    private const MAX_REFUSED = 1000;

    /** @var array<string, array<string, mixed>> by name, as the merge script takes them */
    public array $families = [];
    /** @var array<string, Refusal> by name */
    private array $refused = [];

    /**
     * @param mixed $shape the bounds of a histogram, the mode of a gauge
     * @param ?array<string, mixed> $native how a native histogram counts: schema, zeroThreshold, maxBuckets
     * @return list<string> what it is declared without
     * @throws Refusal when it cannot be declared
     */
    public function declare(mixed $name, string $type, mixed $help, mixed $shape, mixed $unit, ?array $native = null): array
    {
        try {
            $family = ['type' => $type, 'explain' => true];
            if ($native !== null) {
                $family['native'] = NativeBuckets::readLayout(...$native);
            }
            if ($type === 'histogram' && ($native === null || $shape !== null)) {
                $family['bounds'] = SeriesRules::readBounds($shape);
            }
            if ($type === 'gauge') {
                $family['mode'] = in_array($shape, self::MODES, true) ? $shape : throw self::noMode($shape);
            }
            if (is_string($name) && isset($this->families[$name])) {
                $this->checkAgain($this->families[$name], $family);
                return [];
            }
            SeriesRules::checkMetricName($name, $type, $this->families);
        } catch (Refusal $refusal) {
            if (is_string($name) && !isset($this->families[$name]) && count($this->refused) < self::MAX_REFUSED) {
                $this->refused[$name] = $refusal;
            }
            throw $refusal;
        }
        $problems = [];
        foreach (['help' => $help, 'unit' => $unit] as $field => $text) {
            if (SeriesRules::isText($text)) {
                $family[$field] = $text;
            } elseif ($text !== null) {
                $problems[] = "declared without a $field: expected UTF-8 text, got " . SeriesRules::shown($text);
            }
        }
        $this->families[$name] = $family;
        unset($this->refused[$name]);
        return $problems;
    }

    /**
     * @return array<string, mixed>
     * @throws Refusal when nothing of this name and one of these types is declared
     */
    public function find(mixed $name, string ...$types): array
    {
        $family = is_string($name) ? $this->families[$name] ?? null : null;
        if ($family === null) {
            $known = is_string($name) ? $this->refused[$name] ?? null : null;
            throw $known ?? new Refusal('undeclared', 'expected a declaration before the first recording');
        }
        if (!in_array($family['type'], $types, true)) {
            throw new Refusal('type_conflict', 'expected a ' . implode(' or ', $types) . ", got a {$family['type']}");
        }
        return $family;
    }

    /** @param array<string, mixed> $family */
    public function hasShapeOf(string $name, array $family): bool
    {
        $shape = ['type' => 0, 'bounds' => 0, 'native' => 0, 'mode' => 0];
        return array_intersect_key($this->families[$name], $shape) == array_intersect_key($family, $shape);
    }

    /**
     * @param array<string, mixed> $known
     * @param array<string, mixed> $family
     * @throws Refusal
     */
    private function checkAgain(array $known, array $family): void
    {
        if ($known['type'] !== $family['type']) {
            throw new Refusal('type_conflict', "expected a {$known['type']}, as it was declared first");
        }
        foreach (['bounds', 'native'] as $field) {
            if (($known[$field] ?? null) != ($family[$field] ?? null)) {
                $kept = json_encode($known[$field] ?? null);
                throw new Refusal('bounds_changed', "it keeps the buckets it has, $field $kept");
            }
        }
        if (($known['mode'] ?? null) !== ($family['mode'] ?? null)) {
            throw new Refusal('mode_conflict', "it keeps the mode it has, {$known['mode']}");
        }
    }

    private static function noMode(mixed $mode): Refusal
    {
        return new Refusal('mode_conflict', 'expected a mode of ' . implode(', ', self::MODES) . ', got ' . SeriesRules::shown($mode));
    }
}
