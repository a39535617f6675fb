<?php

declare(strict_types=1);

namespace Prometheus;

final class MetricFamilySamples
{
    public function __construct(public readonly array $data)
    {
    }
}
