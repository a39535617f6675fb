<?php

// Loads the package: with Composer's autoloader where `composer install` has run, otherwise by the rule of composer.json.

declare(strict_types=1);

if (is_file(__DIR__ . '/../vendor/autoload.php')) {
    require __DIR__ . '/../vendor/autoload.php';
} else {
    spl_autoload_register(function (string $class): void {
        $file = __DIR__ . '/../src/' . strtr(substr($class, strlen('Redmeter\\')), '\\', '/') . '.php';
        if (str_starts_with($class, 'Redmeter\\') && is_file($file)) {
            require $file;
        }
    });
}
