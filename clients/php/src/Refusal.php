<?php

declare(strict_types=1);

namespace Redmeter;

use Exception;

/** Why something cannot be recorded: a word to count it by, and for people what was expected and what was got. */
final class Refusal extends Exception
{
    public function __construct(public readonly string $reason, string $detail)
    {
        parent::__construct("$reason: $detail");
    }
}
