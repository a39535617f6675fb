<?php

declare(strict_types=1);

namespace Redmeter;

use Closure;
use Redis;
use RedisCluster;
use RedisClusterException;
use RedisException;

/** Calls scripts by phpredis, each once: a writer must know which attempts had no answer, so it repeats them itself. */
final class RedisCalls
{
    private Redis|RedisCluster|null $redis = null;

    /** @param Closure(): (Redis|RedisCluster) $connect opens a connection; called again after one broke */
    public function __construct(private Closure $connect)
    {
    }

    /**
     * @param list<int|string> $arguments the keys first
     * @return list<string> the answer
     * @throws RedisException without an answer, or for an error of Redis
     * @throws Refusal when the merge script says that the call is malformed
     */
    public function run(string $script, string $sha, array $arguments, int $keys): array
    {
        try {
            $redis = $this->redis ??= $this->open();
            $redis->clearLastError();
            $answer = $redis->evalSha($sha, $arguments, $keys);
            if (str_starts_with((string) $redis->getLastError(), 'NOSCRIPT')) {
                $redis->clearLastError();
                $answer = $redis->eval($script, $arguments, $keys);
            }
        } catch (RedisException | RedisClusterException $error) {
            $this->redis = null;
            throw $error instanceof RedisException ? $error : new RedisException($error->getMessage(), 0, $error);
        }
        if (is_array($answer)) {
            return $answer;
        }
        // An error reply: nothing was applied.
        $error = $redis->getLastError() ?? 'no answer';
        if (str_contains($error, 'redmeter merge:')) {
            throw new Refusal('refused', $error);
        }
        // A replica may have become the master: the address may lead there by now.
        $this->redis = null;
        throw new RedisException($error);
    }

    /**
     * The connection, for what is no call of a script. Not a cluster's, whose keys lie on many nodes.
     *
     * @throws RedisException
     */
    public function single(): Redis
    {
        $redis = $this->redis ??= $this->open();
        return $redis instanceof Redis ? $redis : throw new RedisException('expected one Redis, got a Redis Cluster');
    }

    private function open(): Redis|RedisCluster
    {
        $redis = ($this->connect)();
        // phpredis that connects again by itself may wait on the new connection for the answer of the old one.
        if ($redis instanceof Redis) {
            $redis->setOption(Redis::OPT_MAX_RETRIES, 0);
        }
        return $redis;
    }
}
