<?php

// The PHP writer as the conformance kit runs it: npm run conformance -- -- php clients/php/test/conformance.php
// Reads requests from standard input and writes answers to standard output, one JSON object a line; see docs/conformance.md.

declare(strict_types=1);

use Redmeter\MergeWriter;
use Redmeter\Options;

require __DIR__ . '/autoload.php';

/** One writer at a time: `open` begins the next one. */
final class Adapter
{
    private ?MergeWriter $writer = null;
    /** @var array<string, Closure> what records in a metric, by name */
    private array $changes = [];

    /**
     * @param array<string, mixed> $request
     * @return array<string, mixed>
     */
    public function answer(array $request): array
    {
        return match ($request['do']) {
            'describe' => [
                ...['protocol' => 1, 'name' => 'redmeter/metrics', 'types' => ['counter', 'gauge', 'histogram']],
                'features' => ['native_histograms', 'exemplars'],
            ],
            'open' => $this->open($request),
            'declare' => $this->declare($request),
            'record' => $this->record($request['recordings']),
            'flush' => $this->flush(),
            'statistics' => $this->writer->statistics(),
            'close' => $this->close(),
        };
    }

    /**
     * @param array<string, mixed> $request
     * @return array{}
     */
    private function open(array $request): array
    {
        ['host' => $host, 'port' => $port] = parse_url($request['redis']);
        $seconds = $request['answerTimeoutMs'] / 1000;
        $connect = function () use ($host, $port, $seconds): Redis {
            $redis = new Redis();
            $redis->connect($host, $port, $seconds, null, 0, $seconds);
            return $redis;
        };
        // Drops are counted; the kit asks for them.
        $log = fn (string $line): string => $line;
        $this->writer = new MergeWriter($connect, new Options($request['prefix'], $request['ttlMs']), $log);
        $this->changes = [];
        return [];
    }

    /**
     * @param array<string, mixed> $request
     * @return array{}
     */
    private function declare(array $request): array
    {
        ['name' => $name, 'type' => $type] = $request;
        [$help, $unit, $mode] = [$request['help'] ?? null, $request['unit'] ?? null, $request['mode'] ?? 'last'];
        match (isset($request['native']) ? 'native' : $type) {
            'native' => $this->writer->declareNativeHistogram($name, $help, $unit, ...$request['native'], bounds: $request['bounds'] ?? null),
            'counter' => $this->writer->declareCounter($name, $help, $unit),
            'gauge' => $this->writer->declareGauge($name, $help, $unit, $mode),
            'histogram' => $this->writer->declareHistogram($name, $help, $request['bounds'], $unit),
        };
        $this->changes[$name] ??= match (true) {
            $type === 'histogram' => $this->writer->observe(...),
            $type === 'gauge' && $mode !== 'sum' => $this->writer->set(...),
            default => $this->writer->add(...),
        };
        return [];
    }

    /**
     * @param list<array<string, mixed>> $recordings
     * @return array{}
     */
    private function record(array $recordings): array
    {
        foreach ($recordings as $recording) {
            ['name' => $name, 'value' => $value] = $recording;
            // Texts, as in the wire format.
            $number = ['NaN' => NAN, '+Inf' => INF, '-Inf' => -INF][$value] ?? $value;
            $record = $this->changes[$name] ?? $this->writer->add(...);
            $exemplar = isset($recording['exemplar']) ? ['exemplar' => $recording['exemplar']] : [];
            $record($name, $number, $recording['labels'] ?? [], ...$exemplar);
        }
        return [];
    }

    /** @return array<string, mixed> */
    private function flush(): array
    {
        try {
            $this->writer->flush();
            return ['done' => true];
        } catch (RedisException | RuntimeException $error) {
            return ['done' => false, 'error' => $error->getMessage()];
        }
    }

    /** @return array{} */
    private function close(): array
    {
        $this->writer->close();
        return [];
    }
}

$adapter = new Adapter();
while (($line = fgets(STDIN)) !== false) {
    $request = json_decode($line, true, 512, JSON_THROW_ON_ERROR);
    $answer = ['id' => $request['id']] + $adapter->answer($request);
    fwrite(STDOUT, json_encode($answer, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE) . "\n");
}
