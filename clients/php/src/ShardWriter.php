<?php

declare(strict_types=1);

namespace Redmeter;

use JsonException;
use RedisException;
use RuntimeException;

/**
 * Writes the series of one shard in numbered batches, each of which counts once, whatever fails. The contract is
 * packages/redis-metrics/docs/merge-script.md in redmeter's repository.
 *
 * @phpstan-import-type Counts from NativeBuckets
 * @phpstan-import-type Exemplar from Exemplars
 * @phpstan-type Operation array{name: string, recordings: int, add?: int|float, set?: int|float, atMs?: float, touch?: bool,
 *     counts?: list<int>, native?: Counts, sum?: int|float, exemplars?: array<int, Exemplar>}
 * @phpstan-type Batch array{number: int, madeMs: float, families: array<string, array<string, mixed>>,
 *     series: array<string, Operation>, inDoubt: bool, answered: bool}
 * @phpstan-type State array{incarnation: string, dataset: string, nextNumber: int, held: int, lost: int, resumeAfter: ?int,
 *     revision: string, isBegun: bool, batches: list<Batch>, recent: list<Batch>, waiting: array<string, Operation>,
 *     families: array<string, array<string, mixed>>}
 */
final class ShardWriter
{
    /** Redis does nothing else during a call: so many counters take it about a millisecond. Ten buckets take as long as one. */
    private const COUNTERS_PER_BATCH = 128;
    private const BUCKETS_OF_A_COUNTER = 10;
    /** The rest of a histogram, in counters. */
    private const COUNTERS_OF_A_RECORD = 1.5;

    /** @var array<string, Operation> what was recorded since the last batch, by key */
    public array $waiting = [];
    /** How many recordings Redis holds of this writer. */
    public int $held = 0;
    /** Recordings that could not be kept exactly once. */
    public int $lost = 0;
    /** Whether Redis has answered a batch. */
    public bool $isBegun = false;

    /** For life, as the numbers of batches: so any state of Redis, however old, says which of them are in it. */
    private string $incarnation;
    private string $dataset = '';
    private int $nextNumber = 1;
    /** The batch that Redis stands at, where it lost some after it that cannot be sent again. */
    private ?int $resumeAfter = null;
    /** The last revision of the data that Redis told: it falls only when they go back. */
    private string $revision = '';
    /** @var list<Batch> to send, the oldest first */
    private array $batches = [];
    /** @var list<Batch> answered, the oldest first */
    private array $recent = [];

    public function __construct(
        public readonly KeySpace $space,
        private Options $options,
        private DeclaredMetrics $metrics,
        private Drops $drops,
    ) {
        $this->incarnation = bin2hex(random_bytes(16));
    }

    public function pending(): int
    {
        return array_sum(array_map(self::recordings(...), $this->batches)) + array_sum(array_column($this->waiting, 'recordings'));
    }

    /** Makes batches of what waits. `$mayBeEmpty` makes one without series where nothing waits. */
    public function fillBatches(bool $mayBeEmpty = false): void
    {
        $this->addBatches($this->familiesOf($this->waiting), $mayBeEmpty);
    }

    /** @param array<string, array<string, mixed>> $families of what waits, by name */
    private function addBatches(array $families, bool $mayBeEmpty = false): void
    {
        $parts = self::inBatches($this->waiting);
        foreach ($parts === [] && $mayBeEmpty ? [[]] : $parts as $series) {
            $own = array_intersect_key($families, array_flip(array_column($series, 'name')));
            $this->batches[] = ['number' => $this->nextNumber++] + self::newBatch($series, $own, self::nowMs());
        }
        $this->waiting = [];
    }

    /**
     * @param array<string, Operation> $waiting
     * @return list<array<string, Operation>> for one call each
     */
    private static function inBatches(array $waiting): array
    {
        $batches = [];
        $cost = self::COUNTERS_PER_BATCH;
        foreach ($waiting as $key => $operation) {
            if ($cost >= self::COUNTERS_PER_BATCH) {
                $batches[] = [];
                $cost = 0;
            }
            $batches[count($batches) - 1][$key] = $operation;
            $bounds = max(0, count($operation['counts'] ?? []) - 1);
            $cost += $bounds === 0 ? 1 : self::COUNTERS_OF_A_RECORD + ceil($bounds / self::BUCKETS_OF_A_COUNTER);
        }
        return $batches;
    }

    /**
     * @param array<string, Operation> $series
     * @return array<string, array<string, mixed>> by name
     */
    private function familiesOf(array $series): array
    {
        return array_intersect_key($this->metrics->families, array_flip(array_column($series, 'name')));
    }

    /**
     * @param Operation $earlier
     * @param Operation $later
     * @return Operation
     */
    private function together(array $earlier, array $later): array
    {
        if (isset($later['set'])) {
            return $later;
        }
        foreach (['recordings', 'add', 'sum'] as $field) {
            if (isset($later[$field])) {
                $later[$field] += $earlier[$field];
            }
        }
        foreach ($later['counts'] ?? [] as $bucket => $count) {
            $later['counts'][$bucket] = $count + $earlier['counts'][$bucket];
        }
        if (isset($later['native'])) {
            $maxBuckets = $this->metrics->families[$later['name']]['native']['maxBuckets'];
            $later['native'] = NativeBuckets::together($earlier['native'], $later['native'], $maxBuckets);
        }
        $exemplars = Exemplars::together($earlier['exemplars'] ?? [], $later['exemplars'] ?? []);
        if ($exemplars !== []) {
            $later['exemplars'] = $exemplars;
        }
        return $later;
    }

    /** Sends the batches there are. @throws RedisException when it cannot: then they go on waiting */
    public function sendAll(RedisCalls $redis): void
    {
        while ($this->batches !== []) {
            $this->send($redis);
        }
    }

    /** Counts what is not written at the end. */
    public function dropAll(): void
    {
        foreach ($this->batches as $batch) {
            if ($batch['answered']) {
                $this->lost += self::recordings($batch);
            } else {
                $this->dropSeries($batch['series'], $batch['inDoubt'] ? 'in_doubt' : 'closed');
            }
        }
        $this->dropSeries($this->waiting, 'closed');
        $this->batches = $this->waiting = [];
    }

    /** @return State what another process goes on from */
    public function state(bool $isSending): array
    {
        // Who goes on does not know whether an answer was on its way.
        $batches = $isSending ? array_map(fn (array $batch): array => ['inDoubt' => true] + $batch, $this->batches) : $this->batches;
        return [
            ...['incarnation' => $this->incarnation, 'dataset' => $this->dataset, 'nextNumber' => $this->nextNumber],
            ...['held' => $this->held, 'lost' => $this->lost, 'resumeAfter' => $this->resumeAfter],
            ...['revision' => $this->revision, 'isBegun' => $this->isBegun],
            ...['batches' => $batches, 'recent' => $this->recent],
            ...['waiting' => $this->waiting, 'families' => $this->familiesOf($this->waiting)],
        ];
    }

    /**
     * Goes on from what another process left, beside what waits here.
     *
     * @param State $state
     * @return int values of gauges that were replaced
     */
    public function goOnFrom(array $state): int
    {
        $here = $this->waiting;
        ['waiting' => $this->waiting, 'families' => $families] = $state;
        foreach (array_keys(array_diff_key($state, ['waiting' => 0, 'families' => 0])) as $field) {
            $this->$field = $state[$field];
        }
        $this->metrics->families += $families;
        $isSame = fn (array $operation): bool => $this->metrics->hasShapeOf($operation['name'], $families[$operation['name']]);
        if ($this->waiting !== array_filter($this->waiting, $isSame)) {
            // Recorded before a release that declares a metric otherwise.
            $this->addBatches($families);
        }
        $replaced = 0;
        foreach ($here as $key => $operation) {
            $replaced += isset($this->waiting[$key], $operation['set']) ? $this->waiting[$key]['recordings'] : 0;
            $this->waiting[$key] = isset($this->waiting[$key]) ? $this->together($this->waiting[$key], $operation) : $operation;
        }
        return $replaced;
    }

    private function send(RedisCalls $redis): void
    {
        $batch = $this->batches[0];
        try {
            $answer = $this->call($redis, $batch);
        } catch (RedisException $error) {
            // It may have been applied: only the number tells, the next time.
            $this->batches[0]['inDoubt'] = true;
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
                $this->isBegun = true;
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
                $place = $this->space->meta('dataset');
                throw new RuntimeException("expected data of format 1 and {$this->options->shards} shards under $place, got $answer[1]");
        }
    }

    /** The call is one that Redis will never take: each series goes alone, and one that still cannot go is dropped. */
    private function isolate(string $why): void
    {
        $batch = array_shift($this->batches);
        $alone = [];
        if (count($batch['series']) === 1) {
            ['name' => $name, 'recordings' => $recordings] = $batch['series'][array_key_first($batch['series'])];
            $this->drops->add($name, new Refusal('refused', SeriesRules::shown($why)), $recordings);
        } else {
            foreach ($batch['series'] as $key => $operation) {
                $families = [$operation['name'] => $batch['families'][$operation['name']]];
                $alone[] = self::newBatch([$key => $operation], $families, $batch['madeMs']);
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
     * @param Batch $batch
     * @param string $why a reason, perhaps with a colon and what Redis has
     * @return Batch without what was recorded in this series to be counted
     */
    private function noteRefused(array $batch, string $key, string $why): array
    {
        [$reason, $found] = explode(':', $why, 2) + [1 => ''];
        $detail = 'Redis refused ' . SeriesRules::shown($key) . ($found === '' ? '' : ', it has ' . SeriesRules::shown(rawurldecode($found)));
        ['name' => $name, 'recordings' => $recordings] = $batch['series'][$key];
        $this->drops->add($name, new Refusal($reason, $detail), $recordings);
        $batch['series'][$key]['recordings'] = 0;
        return $batch;
    }

    /**
     * @param Batch $batch
     * @return list<string>
     * @throws RedisException
     * @throws Refusal when Redis says that the call is malformed
     * @throws JsonException
     */
    private function call(RedisCalls $redis, array $batch): array
    {
        $names = array_values(array_unique(array_column($batch['series'], 'name')));
        $meta = $this->space->meta(...);
        $keys = array_map($meta, ['dataset', 'revision', 'changed', 'live', "writer:{$this->incarnation}"]);
        $declaredMs = max(0, (int) round($batch['madeMs'] - $this->options->startedMs));
        $families = [];
        foreach ($names as $name) {
            $keys[] = $meta('family:' . SeriesRules::encodeName((string) $name));
            $families[] = self::json($batch['families'][$name] + ['age' => $declaredMs]);
        }
        $operations = [];
        foreach ($batch['series'] as $key => $operation) {
            $keys[] = (string) $key;
            $family = $batch['families'][$operation['name']];
            $head = ['type' => $family['type'], 'family' => array_search($operation['name'], $names, true) + 1];
            $operations[] = self::json($head + $this->described($operation, $family, $batch['madeMs']));
        }
        $keys[] = $meta("mark:{$this->incarnation}");
        $ageMs = max(0, (int) round(self::nowMs() - $batch['madeMs']));
        $head = [1, $this->options->shards, $this->dataset, bin2hex(random_bytes(16)), $batch['number'], $ageMs, $this->options->ttlMs, count($families)];
        $mark = [$this->held + self::recordings($batch), $this->resumeAfter ?? '', $this->revision];
        return $redis->run(MergeScript::source(), MergeScript::sha(), [...$keys, ...$head, ...$families, ...$operations, ...$mark], count($keys));
    }

    /**
     * @param Operation $operation
     * @param array<string, mixed> $family
     * @return array<string, mixed>
     */
    private function described(array $operation, array $family, float $madeMs): array
    {
        $values = array_intersect_key($operation, ['add' => 0, 'counts' => 0, 'sum' => 0, 'set' => 0, 'touch' => 0]);
        foreach (['sum', 'set'] as $field) {
            if (is_float($values[$field] ?? 0) && !is_finite($values[$field])) {
                // JSON has no numbers for these.
                $values[$field] = is_nan($values[$field]) ? 'NaN' : ($values[$field] > 0 ? '+Inf' : '-Inf');
            }
        }
        if (isset($operation['native'])) {
            $values += NativeBuckets::described($operation['native']);
        }
        if (isset($operation['exemplars'])) {
            $exemplars = Exemplars::described($operation['exemplars'], $madeMs);
            $values += $family['type'] === 'counter' ? ['exemplar' => $exemplars[0]] : ['exemplars' => $exemplars];
        }
        if (isset($values['set'])) {
            $values['age'] = max(0, (int) round($madeMs - $operation['atMs']));
        }
        if ($family['type'] === 'gauge') {
            $values['mode'] = $family['mode'];
        }
        if (($family['mode'] ?? '') === 'process') {
            $values['lease'] = $this->options->gaugeLeaseMs;
        }
        return $values;
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

    /** @param Batch $batch */
    private function remember(array $batch): void
    {
        $this->held += self::recordings($batch);
        $this->recent = array_slice([...$this->recent, ['answered' => true] + $batch], -$this->options->recentBatches);
    }

    /** @param array<string, Operation> $series by key */
    private function dropSeries(array $series, string $reason): void
    {
        foreach ($series as ['name' => $name, 'recordings' => $recordings]) {
            $this->drops->add($name, new Refusal($reason, 'not written when the writer was closed'), $recordings);
        }
    }

    /** @param Batch $batch */
    private static function recordings(array $batch): int
    {
        return array_sum(array_column($batch['series'], 'recordings'));
    }

    /**
     * @param array<string, Operation> $series
     * @param array<string, array<string, mixed>> $families by name
     * @return array<string, mixed> a batch without its number
     */
    private static function newBatch(array $series, array $families, float $madeMs): array
    {
        return ['madeMs' => $madeMs, 'families' => $families, 'series' => $series, 'inDoubt' => false, 'answered' => false];
    }

    private static function json(mixed $value): string
    {
        return json_encode($value, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
    }

    public static function nowMs(): float
    {
        return hrtime(true) / 1e6;
    }
}
