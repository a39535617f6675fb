<?php

// Declares the interface of promphp/prometheus_client_php where the library is not installed.

declare(strict_types=1);

if (!interface_exists(Prometheus\Storage\Adapter::class)) {
    require __DIR__ . '/Adapter.php';
    require __DIR__ . '/MetricFamilySamples.php';
    require __DIR__ . '/StorageException.php';
}
