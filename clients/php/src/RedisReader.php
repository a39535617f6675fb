<?php

declare(strict_types=1);

namespace Redmeter;

use Redis;
use RedisException;

/**
 * Reads all metrics under a prefix, by the script with which redis_exporter reads them. Names that Prometheus 2 does not accept are escaped,
 * since PromPHP's renderer cannot quote them.
 */
final class RedisReader
{
    private const PREFIX_LINE = "local PREFIX = 'metrics'\n";
    private const SAMPLE = '/^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/s';
    private const LABEL = '/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\\]|\\\\.)*)"/s';

    /**
     * @return list<array{name: string, type: string, help: string, labelNames: list<string>, samples: list<array<string, mixed>>}>
     *     as the constructor of Prometheus\MetricFamilySamples takes them
     * @throws RedisException when Redis cannot be read
     */
    public static function read(Redis $redis, string $prefix): array
    {
        $script = (string) file_get_contents(__DIR__ . '/../lua/redis-exporter.lua');
        $script = str_replace(self::PREFIX_LINE, str_replace('metrics', $prefix, self::PREFIX_LINE), $script);
        $redis->clearLastError();
        $lines = $redis->eval($script, ['text', 'escaping=underscores'], 0);
        if (!is_array($lines)) {
            throw new RedisException($redis->getLastError() ?? 'no answer');
        }
        return self::parse($lines);
    }

    /**
     * @param list<string> $lines
     * @return list<array{name: string, type: string, help: string, labelNames: list<string>, samples: list<array<string, mixed>>}>
     */
    private static function parse(array $lines): array
    {
        $families = [];
        $help = '';
        foreach ($lines as $line) {
            if (str_starts_with($line, '# HELP ')) {
                $help = strtr(explode(' ', $line, 4)[3] ?? '', ['\\\\' => '\\', '\\n' => "\n"]);
            } elseif (str_starts_with($line, '# TYPE ')) {
                [, , $name, $type] = explode(' ', $line);
                $families[] = ['name' => $name, 'type' => $type, 'help' => $help, 'labelNames' => [], 'samples' => []];
                $help = '';
            } elseif (preg_match(self::SAMPLE, $line, $found) === 1 && $families !== []) {
                $families[count($families) - 1]['samples'][] = self::sample($found[1], $found[2], $found[3]);
            }
        }
        return $families;
    }

    /** @return array<string, mixed> */
    private static function sample(string $name, string $labels, string $value): array
    {
        preg_match_all(self::LABEL, $labels, $pairs);
        $unescape = fn (string $text): string => strtr($text, ['\\\\' => '\\', '\\n' => "\n", '\\"' => '"']);
        return ['name' => $name, 'labelNames' => $pairs[1], 'labelValues' => array_map($unescape, $pairs[2]), 'value' => $value];
    }
}
