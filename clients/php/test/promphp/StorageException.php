<?php

declare(strict_types=1);

namespace Prometheus\Exception;

use Exception;

final class StorageException extends Exception
{
}
