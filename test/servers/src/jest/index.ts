export { temporaryFolder } from './temporary-folder.js';
export { useRedisServer, type TestRedisServer, type UseRedisServerOptions } from './use-redis-server.js';
