<?php

declare(strict_types=1);

namespace Redmeter;

/** The script that applies a batch in Redis. Its text is the one that redmeter's other writers call. */
final class MergeScript
{
    private static ?string $source = null;
    private static ?string $sha = null;

    public static function source(): string
    {
        return self::$source ??= (string) file_get_contents(__DIR__ . '/../lua/merge.lua');
    }

    public static function sha(): string
    {
        return self::$sha ??= sha1(self::source());
    }
}
