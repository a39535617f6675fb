<?php

declare(strict_types=1);

namespace Redmeter;

/** The counters and histograms that a process has declared. The first declaration of a name stays. */
final class DeclaredMetrics
{
    /** Names may come from data: why so many cannot be declared is remembered. */
    private const MAX_REFUSED = 1000;

    /** @var array<string, array<string, mixed>> by name, as the merge script takes them */
    public array $families = [];
    /** @var array<string, Refusal> by name */
    private array $refused = [];

    /**
     * @return list<string> what it is declared without
     * @throws Refusal when it cannot be declared
     */
    public function declare(mixed $name, string $type, mixed $help, mixed $bounds, mixed $unit): array
    {
        try {
            $family = ['type' => $type, 'explain' => true];
            if ($type === 'histogram') {
                $family['bounds'] = SeriesRules::readBounds($bounds);
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
     * @throws Refusal when nothing of this name and type is declared
     */
    public function find(mixed $name, string $type): array
    {
        $family = is_string($name) ? $this->families[$name] ?? null : null;
        if ($family === null) {
            $known = is_string($name) ? $this->refused[$name] ?? null : null;
            throw $known ?? new Refusal('undeclared', 'expected a declaration before the first recording');
        }
        if ($family['type'] !== $type) {
            throw new Refusal('type_conflict', "expected a $type, got a {$family['type']}");
        }
        return $family;
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
        if (($known['bounds'] ?? null) != ($family['bounds'] ?? null)) {
            throw new Refusal('bounds_changed', 'it keeps the bounds it has, ' . implode(' ', $known['bounds']));
        }
    }
}
