<?php

declare(strict_types=1);

namespace Redmeter;

use RuntimeException;

/**
 * Where processes that end soon, as those of PHP-FPM and cron, keep their writers: each process takes over one that no other
 * has, with its id, its numbers and what it could not write, and leaves it to the next one. So a Redis that is down loses
 * nothing, and Redis keeps as many ledgers as processes write at the same time, not one for each request.
 *
 * A folder is of one machine and one user, and of writers of one Redis.
 */
final class WriterFolder
{
    private const MAX_WRITERS = 1000;

    /** @var resource|null */
    private $file = null;

    /** @param string $folder made when it is missing, for this user only */
    public function __construct(private string $folder)
    {
    }

    /**
     * Takes over a writer, until release() or the end of the process.
     *
     * @param string $kind only one of this kind
     * @return array<string, mixed>|null null for a new one
     * @throws RuntimeException when the folder cannot be written
     */
    public function take(string $kind): ?array
    {
        if (!is_dir($this->folder) && !@mkdir($this->folder, 0700, true) && !is_dir($this->folder)) {
            throw new RuntimeException("expected a folder that can be made, got {$this->folder}");
        }
        for ($number = 1; $number <= self::MAX_WRITERS; $number++) {
            $file = @fopen("{$this->folder}/$kind-$number", 'c+');
            if ($file === false) {
                throw new RuntimeException("expected a folder that can be written, got {$this->folder}");
            }
            if (flock($file, LOCK_EX | LOCK_NB)) {
                $this->file = $file;
                return self::read((string) stream_get_contents($file));
            }
            fclose($file);
        }
        throw new RuntimeException('expected at most ' . self::MAX_WRITERS . " processes at a time in {$this->folder}");
    }

    public function isTaken(): bool
    {
        return $this->file !== null;
    }

    /** @param array<string, mixed> $state */
    public function save(array $state): void
    {
        if ($this->file === null) {
            return;
        }
        $text = serialize($state);
        rewind($this->file);
        fwrite($this->file, hash('xxh128', $text) . $text);
        ftruncate($this->file, 32 + strlen($text));
        fflush($this->file);
    }

    public function release(): void
    {
        if ($this->file !== null) {
            fclose($this->file);
            $this->file = null;
        }
    }

    /** @return array<string, mixed>|null null as well for what a process left half written when it was killed */
    private static function read(string $text): ?array
    {
        [$digest, $state] = [substr($text, 0, 32), substr($text, 32)];
        if ($state === '' || hash('xxh128', $state) !== $digest) {
            return null;
        }
        $read = unserialize($state, ['allowed_classes' => false]);
        return is_array($read) ? $read : null;
    }
}
