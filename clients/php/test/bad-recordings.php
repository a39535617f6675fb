<?php

// Records what cannot be recorded, one after the other, each with an increment that can, and flushes after each.
// php bad-recordings.php <host> <port>; prints JSON.

declare(strict_types=1);

use Redmeter\MergeWriter;

require __DIR__ . '/autoload.php';

[, $host, $port] = $argv;

$connect = function () use ($host, $port): Redis {
    $redis = new Redis();
    $redis->connect($host, (int) $port, 5, null, 0, 5);
    return $redis;
};
$log = fn (string $line) => fwrite(STDERR, "$line\n");
$writer = new MergeWriter($connect, log: $log);
foreach (['jobs', 'huge', 'taken', 'conflict', 'unreadable', 'jobs.ä:,{}'] as $name) {
    $writer->declareCounter($name, 'For the test.');
}
$writer->declareHistogram('took_ms', 'For the test.', [5, 10], 'ms');
$odd = new class {
    public function __toString(): string
    {
        throw new RuntimeException('no text');
    }
};

$bad = [];
foreach ([NAN, INF, -INF, -1, -0.5, null, true, false, '5', '', [], $odd, fopen('php://memory', 'r')] as $value) {
    $bad[] = fn () => $writer->add('jobs', $value);
}
foreach ([NAN, INF, -INF, null, true, '5', [], $odd] as $value) {
    $bad[] = fn () => $writer->observe('took_ms', $value);
}
foreach (['job', 'instance', 'le', 'quantile', '__name__', '__a.b', "__\n", "a\0b", "\0", '', "a\xff"] as $label) {
    $bad[] = fn () => $writer->add('jobs', 1, [$label => 'x']);
}
$texts = ["\xff", "\xed\xa0\x80", 'caf' . "\xe9", str_repeat('x', 1025), str_repeat('ä', 513), str_repeat('x', 10_000_000)];
foreach ([null, [], $odd, NAN, INF, ...$texts] as $value) {
    $bad[] = fn () => $writer->add('jobs', 1, ['queue' => $value]);
}
$bad[] = fn () => $writer->add('jobs', 1, array_combine(array_map(fn ($i) => "l$i", range(0, 10)), array_fill(0, 11, 'x')));
foreach ([null, 'queue', 5, $odd, ["\0" => 'x']] as $labels) {
    $bad[] = fn () => $writer->add('jobs', 1, $labels);
}
foreach (['undeclared', 'up', 'redmeter_writer_x', "redmeter_\n", '1st', '', 'ä', "\xff", str_repeat('x', 100_000), "jobs\n", null, 5, [], $odd] as $name) {
    $bad[] = fn () => $writer->add($name);
    $bad[] = fn () => $writer->observe($name, 1);
}
$bad[] = fn () => $writer->add('took_ms');
$bad[] = fn () => $writer->observe('jobs', 1);
foreach (['up', "a\0b", null, 5, [], 'took_ms_count', 'jobs', "\xff"] as $name) {
    $bad[] = fn () => $writer->declareHistogram($name, 'x', [1, 2]);
}
foreach ([[], [2, 1], [1, 1], [NAN], [1, INF], null, 5, '12', [true], ['1'], range(0, 200)] as $bounds) {
    $bad[] = fn () => $writer->declareHistogram('odd_ms', 'x', $bounds);
}
$bad[] = fn () => $writer->observe('odd_ms', 1);
$bad[] = fn () => $writer->declareHistogram('took_ms', 'x', [7]);
$bad[] = fn () => $writer->declareCounter('took_ms', 'x');
foreach ([null, 5, "\xff", []] as $help) {
    $bad[] = fn () => $writer->declareCounter('helped', $help);
}

$rounds = 0;
foreach ($bad as $record) {
    $record();
    $writer->add('jobs');
    $writer->flush();
    $rounds++;
}

// What may look odd, and counts.
$writer->add('jobs', 2.0, ['queue' => 'good']);
$writer->add('jobs', 0.5, ['queue' => 'good']);
$writer->add('jobs', 0, ['queue' => 'good']);
$writer->add('jobs', 1, ['z' => '1', 'a' => 2, 'name' => 'n', 'is_new' => true, 'self' => 0.5, 'empty' => '']);
$writer->add('jobs', 1, ['queue' => "ä,=:{}%\"\\\n\u{85}"]);
$writer->add('jobs', 1, ['http.method' => 'GET', 'ä:,=' => 1, '1st' => true]);
$writer->add('jobs.ä:,{}', 2);
$writer->add('huge', 1e308);
$writer->add('huge', 1e308);
$writer->observe('took_ms', 1e308, ['queue' => 'huge']);
$writer->observe('took_ms', 1e308, ['queue' => 'huge']);
$writer->observe('took_ms', -5);
$writer->observe('took_ms', 10);
foreach (['taken', 'conflict', 'unreadable'] as $name) {
    $writer->add($name, 3);
}
$writer->flush();
$connect()->del('metrics:counter:taken');
$writer->add('taken', 4);
$writer->flush();

// As if a rule were missing: a batch that Redis refuses as a whole.
$metrics = (fn () => $this->metrics)->call($writer);
$metrics->families['broken'] = ['type' => 'histogram', 'bounds' => [3, 1]];
$metrics->families['unsendable'] = ['type' => 'counter', 'help' => "\xff"];
for ($i = 0; $i < 2; $i++) {
    $writer->observe('broken', 1);
    $writer->add('unsendable', 1);
    $writer->add('jobs');
    $writer->flush();
    $rounds++;
}
$dropped = $writer->statistics()['dropped'];
echo json_encode(['rounds' => $rounds, 'lost' => $dropped['lost'] ?? 0, 'dropped' => array_diff_key($dropped, ['lost' => 0])], JSON_THROW_ON_ERROR);
