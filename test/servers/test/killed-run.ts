// Starts two servers, prints them, and waits to be killed.
import { startRedisServer } from '@redmeter/test-servers';

const servers = await Promise.all([startRedisServer(), startRedisServer()]);
process.stdout.write(
  `${JSON.stringify({ pids: servers.map(({ pid }) => pid), dirs: servers.map(({ dir }) => dir) })}\n`,
);
setInterval(() => undefined, 1000);
