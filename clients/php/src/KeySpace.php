<?php

declare(strict_types=1);

namespace Redmeter;

/** The keys of a prefix, in one piece or in one shard of a cluster: docs/wire-format.md in redmeter's repository, Shards. */
final class KeySpace
{
    private const SLOTS = 16_384;
    /** The shard whose tag this is exists for every number of shards: it is checked before the others are written. */
    private const HOME_TAG = '0';

    public readonly bool $isHome;
    private string $tag;

    private function __construct(private string $prefix, ?string $tag)
    {
        $this->tag = $tag === null ? '' : ":{{$tag}}";
        $this->isHome = $tag === null || $tag === self::HOME_TAG;
    }

    /** @return list<self> in the order of their shards */
    public static function ofPrefix(string $prefix, int $shards): array
    {
        if ($shards === 1) {
            return [new self($prefix, null)];
        }
        return array_map(fn (int $shard): self => new self($prefix, self::tagOf($shard, $shards)), range(0, $shards - 1));
    }

    /** The shard of a series by its key without a tag. */
    public static function shardOf(string $key, int $shards): int
    {
        return $shards === 1 ? 0 : intdiv(self::slotOf($key) * $shards, self::SLOTS);
    }

    public function series(string $rest): string
    {
        return "{$this->prefix}{$this->tag}:$rest";
    }

    public function meta(string $name): string
    {
        return "{$this->prefix}-meta{$this->tag}:$name";
    }

    private static function tagOf(int $shard, int $shards): string
    {
        for ($number = 0; self::shardOf((string) $number, $shards) !== $shard; $number++);
        return (string) $number;
    }

    /** CRC-16/XMODEM, as in the specification of Redis Cluster. Keys of series have no braces. */
    private static function slotOf(string $key): int
    {
        $crc = 0;
        for ($i = 0; $i < strlen($key); $i++) {
            $crc ^= ord($key[$i]) << 8;
            for ($bit = 0; $bit < 8; $bit++) {
                $crc = ($crc & 0x8000) === 0 ? $crc << 1 : (($crc << 1) ^ 0x1021) & 0xffff;
            }
        }
        return $crc % self::SLOTS;
    }
}
