"""Clients of redis-py that send a command once. A writer must know which attempts had no answer, so it repeats them itself."""

from __future__ import annotations

from typing import Any, Callable, Union

import redis
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.retry import Retry

# A URL, or a function that opens a client, for what a URL cannot say: Sentinel, a cluster, TLS.
RedisTarget = Union[str, Callable[[], Any]]

# As long as a writer waits for an answer, unless the client says how long.
ANSWER_TIMEOUT_SECONDS = 5.0
_KNOWS_PROTOCOLS = int(redis.__version__.split(".")[0]) >= 5


def open_client(target: RedisTarget, shards: int = 1) -> Any:
    """A client of its own for one process. With shards, a URL is that of a node of a Redis Cluster.

    Raises redis.RedisError when a cluster cannot be reached, and ValueError for a URL that is none."""
    if callable(target):
        client = target()
    else:
        # The answers are the same in both protocols, and old servers and proxies have only this one.
        protocol = {"protocol": 2} if _KNOWS_PROTOCOLS else {}
        client = (RedisCluster if shards > 1 else redis.Redis).from_url(target, **protocol)
    if isinstance(client, RedisCluster):
        # The pools of all nodes, those found later too.
        settings = client.nodes_manager.connection_kwargs
        _send_to_node_once(client)
    else:
        settings = client.connection_pool.connection_kwargs
    _send_once(settings)
    return client


def disconnect(client: Any) -> None:
    """Closes the connections: the address may lead to another server by now."""
    if isinstance(client, RedisCluster):
        client.nodes_manager.initialize()
    else:
        client.connection_pool.disconnect()


def _send_to_node_once(client: Any) -> None:
    if not _KNOWS_PROTOCOLS:
        raise ValueError(f"redis: expected version 5 or later for a cluster, got {redis.__version__}")
    client.retry = Retry(NoBackoff(), 0)
    client.cluster_error_retry_attempts = 0
    for node in client.get_nodes():
        if node.redis_connection is not None:
            _send_once(node.redis_connection.connection_pool.connection_kwargs)
            node.redis_connection.connection_pool.disconnect()


def _send_once(settings: dict[str, Any]) -> None:
    settings["retry"] = Retry(NoBackoff(), 0)
    settings["retry_on_timeout"] = False
    for timeout in ("socket_timeout", "socket_connect_timeout"):
        if settings.get(timeout) is None:
            settings[timeout] = ANSWER_TIMEOUT_SECONDS
